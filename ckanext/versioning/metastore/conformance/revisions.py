"""Commit, read, log: what goes in comes out, in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta, timezone
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ..backend import Backend
from ..errors import Conflict, DatasetExists, DatasetNotFound, RevisionNotFound
from ..model import CommitInfo
from .tools import FILES, MISSING, START, grow, info, infos, new_id, relaxed

NAMES = st.sampled_from(["a", "b", "data.csv", "é", ".gitattributes", "x y", "datapackage.json"])
TREES = st.dictionaries(
    st.lists(NAMES, min_size=1, max_size=3).map(lambda parts: "d/" * (len(parts) - 1) + parts[0]),
    st.binary(max_size=50),
    min_size=1,
    max_size=6,
)


class RevisionsConformance:
    """Needs the fixture ``backend``."""

    def test_commit_returns_what_head_revision_and_log_return(self, backend: Backend) -> None:
        dataset_id = new_id()
        first = backend.commit(dataset_id, FILES, parent=None, info=info())
        second = backend.commit(dataset_id, FILES, parent=first.id, info=info(1))
        assert (first.dataset_id, first.parent, first.info) == (dataset_id, None, info())
        assert (second.dataset_id, second.parent, second.info) == (dataset_id, first.id, info(1))
        assert backend.head(dataset_id) == second
        assert backend.revision(dataset_id, first.id) == first
        assert list(backend.log(dataset_id)) == [second, first]

    def test_ids_are_40_or_64_lower_case_hexadecimal_digits(self, backend: Backend) -> None:
        revision = backend.commit(new_id(), FILES, parent=None, info=info())
        assert len(revision.id) in (40, 64)
        assert set(revision.id) <= set("0123456789abcdef")

    def test_equal_commits_of_two_datasets_are_kept_apart(self, backend: Backend) -> None:
        one, other = new_id(), new_id()
        backend.commit(one, FILES, parent=None, info=info())
        revision = backend.commit(other, FILES, parent=None, info=info())
        backend.commit(one, FILES, parent=backend.head(one).id, info=info(1))
        assert backend.head(other) == revision

    def test_a_commit_that_changes_no_file_is_a_revision(self, backend: Backend) -> None:
        dataset_id = new_id()
        first = backend.commit(dataset_id, FILES, parent=None, info=info())
        second = backend.commit(dataset_id, FILES, parent=first.id, info=info())
        assert second.id != first.id
        assert backend.count(dataset_id) == 2

    @relaxed
    @given(commit_info=infos)
    def test_info_round_trips(self, backend: Backend, commit_info: CommitInfo) -> None:
        dataset_id = new_id()
        first = backend.commit(dataset_id, FILES, parent=None, info=commit_info)
        backend.close()
        assert backend.head(dataset_id).info == commit_info
        second = backend.commit(dataset_id, FILES, parent=first.id, info=commit_info)
        backend.close()
        assert backend.revision(dataset_id, second.id).info == commit_info

    def test_a_long_message_round_trips(self, backend: Backend) -> None:
        dataset_id = new_id()
        long = info(message="é\0\n" * 250_000)
        backend.commit(dataset_id, FILES, parent=None, info=long)
        backend.close()
        assert backend.head(dataset_id).info == long

    def test_times_are_kept_to_the_microsecond_in_utc(self, backend: Backend) -> None:
        dataset_id = new_id()
        backend.commit(dataset_id, FILES, parent=None, info=info(time=START))
        backend.close()
        time = backend.head(dataset_id).info.time
        assert time == START
        assert time.tzinfo == timezone.utc

    @relaxed
    @given(before=TREES, after=TREES)
    def test_files_round_trip(
        self, backend: Backend, before: Mapping[str, bytes], after: Mapping[str, bytes]
    ) -> None:
        dataset_id = new_id()
        first = backend.commit(dataset_id, before, parent=None, info=info())
        second = backend.commit(dataset_id, after, parent=first.id, info=info(1))
        assert backend.read(dataset_id, first.id) == before
        assert backend.read(dataset_id, second.id) == after

    def test_read_returns_the_paths_that_exist(self, backend: Backend) -> None:
        dataset_id = new_id()
        tree = {"a": b"1", "d/b": b"2", "d/e/c": b"3", "f": b""}
        revision = backend.commit(dataset_id, tree, parent=None, info=info())
        wanted = ("d/e/c", "f", "none", "d", "a/b", "d/none")
        assert backend.read(dataset_id, revision.id, wanted) == {"d/e/c": b"3", "f": b""}
        assert backend.read(dataset_id, revision.id, ()) == {}

    def test_a_big_tree_round_trips(self, backend: Backend) -> None:
        dataset_id = new_id()
        tree = {f"d{n % 10}/{n}.txt": b"%d" % n for n in range(500)}
        tree["large.bin"] = bytes(range(256)) * 8192
        revision = backend.commit(dataset_id, tree, parent=None, info=info())
        assert backend.read(dataset_id, revision.id) == tree

    def test_creating_twice_is_refused(self, backend: Backend) -> None:
        dataset_id = new_id()
        revision = backend.commit(dataset_id, FILES, parent=None, info=info())
        with pytest.raises(DatasetExists) as caught:
            backend.commit(dataset_id, {"other": b""}, parent=None, info=info(1))
        assert caught.value.dataset_id == dataset_id
        assert backend.head(dataset_id) == revision

    def test_a_stale_parent_conflicts_and_changes_nothing(self, backend: Backend) -> None:
        dataset_id = new_id()
        first, second = grow(backend, dataset_id, 2)
        for stale in (first.id, MISSING):
            with pytest.raises(Conflict) as caught:
                backend.commit(dataset_id, {"lost": b""}, parent=stale, info=info(2))
            assert (caught.value.expected, caught.value.head) == (stale, second.id)
        assert list(backend.log(dataset_id)) == [second, first]

    def test_what_lost_a_race_is_no_revision(self, backend: Backend) -> None:
        dataset_id = new_id()
        first, second = grow(backend, dataset_id, 2)
        lost = replace(second.info, message="lost")
        with pytest.raises(Conflict):
            backend.commit(dataset_id, FILES, parent=first.id, info=lost)
        assert [r.info.message for r in backend.log(dataset_id)] == [
            second.info.message,
            first.info.message,
        ]

    def test_log_starts_where_it_is_told(self, backend: Backend) -> None:
        dataset_id = new_id()
        revisions = grow(backend, dataset_id, 5)
        assert list(backend.log(dataset_id, start=revisions[2].id)) == revisions[2::-1]
        assert list(islice(backend.log(dataset_id), 2)) == revisions[:2:-1]
        assert backend.count(dataset_id) == 5
        assert backend.first(dataset_id) == revisions[0]

    def test_newer_ones_come_oldest_first(self, backend: Backend) -> None:
        dataset_id = new_id()
        revisions = grow(backend, dataset_id, 5)
        assert list(backend.newer(dataset_id, revisions[1].id)) == revisions[2:]
        assert next(backend.newer(dataset_id, revisions[0].id)) == revisions[1]
        assert list(backend.newer(dataset_id, revisions[-1].id)) == []

    def test_a_log_under_way_is_not_disturbed_by_a_commit(self, backend: Backend) -> None:
        dataset_id = new_id()
        revisions = grow(backend, dataset_id, 3)
        log = backend.log(dataset_id)
        seen = [next(log)]
        backend.commit(dataset_id, FILES, parent=revisions[-1].id, info=info(3))
        assert [*seen, *log] == revisions[::-1]

    def test_times_may_go_backwards(self, backend: Backend) -> None:
        dataset_id = new_id()
        first = backend.commit(dataset_id, FILES, parent=None, info=info(10))
        second = backend.commit(dataset_id, FILES, parent=first.id, info=info(5))
        assert list(backend.log(dataset_id)) == [second, first]
        assert backend.at(dataset_id, START + timedelta(minutes=7)) == second
        with pytest.raises(RevisionNotFound):
            backend.at(dataset_id, START)

    def test_a_dataset_that_is_not_there(self, backend: Backend) -> None:
        dataset_id = new_id()
        assert not backend.exists(dataset_id)
        for call in (
            lambda: backend.head(dataset_id),
            lambda: backend.revision(dataset_id, MISSING),
            lambda: backend.find(dataset_id, MISSING[:7]),
            lambda: backend.at(dataset_id, START),
            lambda: backend.nth(dataset_id, 1),
            lambda: backend.first(dataset_id),
            lambda: backend.count(dataset_id),
            lambda: backend.newer(dataset_id, MISSING),
            lambda: backend.read(dataset_id, MISSING),
            lambda: list(backend.log(dataset_id)),
            lambda: backend.commit(dataset_id, FILES, parent=MISSING, info=info()),
        ):
            with pytest.raises(DatasetNotFound) as caught:
                call()
            assert caught.value.dataset_id == dataset_id

    def test_a_revision_that_is_not_there(self, backend: Backend) -> None:
        dataset_id, other = new_id(), new_id()
        grow(backend, dataset_id, 2)
        foreign = backend.commit(other, {"x": b"y"}, parent=None, info=info(7)).id
        for missing in (MISSING, foreign):
            for call in (
                lambda missing=missing: backend.revision(dataset_id, missing),
                lambda missing=missing: backend.read(dataset_id, missing),
                lambda missing=missing: list(backend.log(dataset_id, start=missing)),
                lambda missing=missing: backend.newer(dataset_id, missing),
            ):
                with pytest.raises(RevisionNotFound):
                    call()
