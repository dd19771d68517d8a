"""References to revisions, resolved over the backend."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ..backend import Backend
from ..errors import DatasetNotFound, InvalidRef, RevisionNotFound
from ..model import Author
from ..refs import BackendHistory, resolve
from .tools import MISSING, START, grow, new_id


class ReferencesConformance:
    """Needs the fixture ``backend``."""

    def test_every_form_of_reference(self, backend: Backend) -> None:
        dataset_id = new_id()
        revisions = grow(backend, dataset_id, 4)
        history = BackendHistory(backend, dataset_id)
        backend.tag_create(
            dataset_id, "v1", revisions[1].id, description="", author=Author(), time=START
        )
        for ref, revision in {
            "head": revisions[3],
            "HEAD": revisions[3],
            "head~0": revisions[3],
            "head~3": revisions[0],
            revisions[2].id: revisions[2],
            revisions[2].id.upper(): revisions[2],
            revisions[0].id[:12]: revisions[0],
            "v1": revisions[1],
            "2024-02-29T12:02:30Z": revisions[2],
            "2024-02-29T14:01:00.123456+02:00": revisions[1],
            "2024-02-29 12:01:00,123455": revisions[0],
            "2024-03-01": revisions[3],
        }.items():
            assert resolve(ref, history) == revision, ref

    def test_what_names_no_revision(self, backend: Backend) -> None:
        dataset_id = new_id()
        revisions = grow(backend, dataset_id, 2)
        history = BackendHistory(backend, dataset_id)
        for ref in ("head~2", f"head~{10**200}", MISSING, MISSING[:7], "v1", "a/b"):
            with pytest.raises(RevisionNotFound) as caught:
                resolve(ref, history)
            assert caught.value.ref == ref
        # ids may be of either length, whichever the backend has
        for length in (39, 40, 41, 63, 64):
            longer = (revisions[1].id + "0" * 64)[:length]
            if longer == revisions[1].id[:length]:
                continue
            for missing in (longer, "e" * length):
                with pytest.raises(RevisionNotFound):
                    resolve(missing, history)
                assert list(backend.find(dataset_id, missing)) == []
                with pytest.raises(RevisionNotFound):
                    backend.revision(dataset_id, missing)
        with pytest.raises(InvalidRef, match=r"12:00:00\.123456Z"):
            resolve("2024-02-29T12:00:00Z", history)

    def test_a_missing_dataset_is_told_whatever_the_reference(self, backend: Backend) -> None:
        history = BackendHistory(backend, new_id())
        for ref in ("head", "head~1", f"head~{10**20}", MISSING, MISSING[:8], "v1", "2024-01-01"):
            with pytest.raises(DatasetNotFound):
                resolve(ref, history)

    def test_find_returns_what_starts_so(self, backend: Backend) -> None:
        dataset_id = new_id()
        revisions = grow(backend, dataset_id, 3)
        for revision in revisions:
            for length in (7, 8, 20, len(revision.id)):
                prefix = revision.id[:length]
                expected = sorted(r.id for r in revisions if r.id.startswith(prefix))
                assert list(backend.find(dataset_id, prefix)) == expected
        assert list(backend.find(dataset_id, MISSING[:7])) == []

    def test_at_is_exact_to_the_microsecond(self, backend: Backend) -> None:
        dataset_id = new_id()
        revisions = grow(backend, dataset_id, 3)
        step = timedelta(microseconds=1)
        for n, revision in enumerate(revisions):
            assert backend.at(dataset_id, revision.info.time) == revision
            assert backend.at(dataset_id, revision.info.time + step) == revision
            if n:
                assert backend.at(dataset_id, revision.info.time - step) == revisions[n - 1]
        with pytest.raises(RevisionNotFound):
            backend.at(dataset_id, START - step)

    def test_nth_counts_from_the_head(self, backend: Backend) -> None:
        dataset_id = new_id()
        revisions = grow(backend, dataset_id, 3)
        assert [backend.nth(dataset_id, n) for n in range(3)] == revisions[::-1]
        with pytest.raises(RevisionNotFound):
            backend.nth(dataset_id, 3)
