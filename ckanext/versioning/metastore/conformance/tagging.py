"""Tags."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given

from ..backend import Backend
from ..errors import DatasetNotFound, RevisionNotFound, TagExists, TagNotFound
from ..model import Author, Tag
from .tools import MISSING, START, authors, grow, new_id, relaxed, texts, times

AUTHOR = Author("u-2", "Émilie", "e@example.com")


def _tag(backend: Backend, dataset_id: str, name: str, revision_id: str, n: int = 0) -> Tag:
    return backend.tag_create(
        dataset_id,
        name,
        revision_id,
        description=f"about {name}",
        author=AUTHOR,
        time=START + timedelta(hours=n),
    )


class TagsConformance:
    """Needs the fixture ``backend``."""

    def test_a_tag_is_created_read_and_listed(self, backend: Backend) -> None:
        dataset_id = new_id()
        revisions = grow(backend, dataset_id, 2)
        first = revisions[0]
        tag = _tag(backend, dataset_id, "v1.0", first.id)
        assert tag == Tag("v1.0", "about v1.0", AUTHOR, START, first.id, first.info.time)
        backend.close()
        assert backend.tag_read(dataset_id, "v1.0") == tag
        assert backend.tag_list(dataset_id) == [tag]
        assert backend.head(dataset_id) == revisions[1]

    def test_tags_are_listed_newest_first_then_by_name(self, backend: Backend) -> None:
        dataset_id = new_id()
        (revision,) = grow(backend, dataset_id, 1)
        assert backend.tag_list(dataset_id) == []
        for name, n in (("b", 1), ("z", 2), ("a", 1), ("é", 0)):
            _tag(backend, dataset_id, name, revision.id, n)
        assert [tag.name for tag in backend.tag_list(dataset_id)] == ["z", "a", "b", "é"]

    @relaxed
    @given(description=texts(200), author=authors, time=times)
    def test_a_tag_round_trips(
        self, backend: Backend, description: str, author: Author, time: datetime
    ) -> None:
        dataset_id = new_id()
        (revision,) = grow(backend, dataset_id, 1)
        backend.tag_create(
            dataset_id, "v1", revision.id, description=description, author=author, time=time
        )
        backend.close()
        expected = Tag("v1", description, author, time, revision.id, revision.info.time)
        assert backend.tag_read(dataset_id, "v1") == expected
        assert backend.tag_list(dataset_id) == [expected]

    def test_a_name_is_given_once(self, backend: Backend) -> None:
        dataset_id = new_id()
        revisions = grow(backend, dataset_id, 2)
        tag = _tag(backend, dataset_id, "v1", revisions[0].id)
        with pytest.raises(TagExists) as caught:
            _tag(backend, dataset_id, "v1", revisions[1].id)
        assert (caught.value.dataset_id, caught.value.tag) == (dataset_id, "v1")
        assert backend.tag_read(dataset_id, "v1") == tag

    def test_names_belong_to_one_dataset(self, backend: Backend) -> None:
        one, other = new_id(), new_id()
        for dataset_id in (one, other):
            (revision,) = grow(backend, dataset_id, 1)
            _tag(backend, dataset_id, "v1", revision.id)
        backend.tag_delete(one, "v1")
        assert backend.tag_read(other, "v1").name == "v1"

    def test_a_description_changes_in_place(self, backend: Backend) -> None:
        dataset_id = new_id()
        revisions = grow(backend, dataset_id, 2)
        _tag(backend, dataset_id, "v1", revisions[0].id)
        for n in (1, 2):
            later, text = START + timedelta(days=n), f"version {n}"
            tag = backend.tag_update(
                dataset_id, "v1", new_name="v1", description=text, author=Author(), time=later
            )
            first = revisions[0]
            assert tag == Tag("v1", text, Author(), later, first.id, first.info.time)
            assert backend.tag_list(dataset_id) == [tag]

    def test_a_tag_is_renamed(self, backend: Backend) -> None:
        dataset_id = new_id()
        revisions = grow(backend, dataset_id, 2)
        other = _tag(backend, dataset_id, "other", revisions[1].id, -5)
        _tag(backend, dataset_id, "v1", revisions[0].id)
        tag = backend.tag_update(
            dataset_id, "v1", new_name="v2", description="d", author=AUTHOR, time=START
        )
        backend.close()
        first = revisions[0]
        assert tag == Tag("v2", "d", AUTHOR, START, first.id, first.info.time)
        assert backend.tag_read(dataset_id, "v2") == tag
        assert backend.tag_list(dataset_id) == [tag, other]
        with pytest.raises(TagNotFound):
            backend.tag_read(dataset_id, "v1")
        # The old name is free, and the way back is open.
        _tag(backend, dataset_id, "v1", revisions[1].id, -9)
        with pytest.raises(TagExists):
            backend.tag_update(
                dataset_id, "v2", new_name="v1", description="", author=AUTHOR, time=START
            )
        assert backend.tag_read(dataset_id, "v2") == tag
        assert backend.tag_read(dataset_id, "v1").revision_id == revisions[1].id

    def test_a_deleted_tag_is_gone_and_its_revision_stays(self, backend: Backend) -> None:
        dataset_id = new_id()
        revisions = grow(backend, dataset_id, 2)
        _tag(backend, dataset_id, "v1", revisions[0].id)
        backend.tag_delete(dataset_id, "v1")
        backend.close()
        assert backend.tag_list(dataset_id) == []
        with pytest.raises(TagNotFound):
            backend.tag_read(dataset_id, "v1")
        assert backend.revision(dataset_id, revisions[0].id) == revisions[0]
        tag = _tag(backend, dataset_id, "v1", revisions[1].id)
        assert backend.tag_read(dataset_id, "v1") == tag

    def test_many_tags(self, backend: Backend) -> None:
        dataset_id = new_id()
        (revision,) = grow(backend, dataset_id, 1)
        names = [f"v{n}" for n in range(130)]
        for n, name in enumerate(names):
            _tag(backend, dataset_id, name, revision.id, n)
        for name in names[:3]:
            backend.tag_delete(dataset_id, name)
        backend.tag_update(
            dataset_id, "v3", new_name="w3", description="", author=AUTHOR, time=START
        )
        expected = {*names[4:], "w3"}
        assert {tag.name for tag in backend.tag_list(dataset_id)} == expected

    def test_what_is_not_there(self, backend: Backend) -> None:
        dataset_id, missing = new_id(), new_id()
        grow(backend, dataset_id, 1)
        with pytest.raises(RevisionNotFound):
            _tag(backend, dataset_id, "v1", MISSING)
        assert backend.tag_list(dataset_id) == []
        with pytest.raises(DatasetNotFound):
            _tag(backend, missing, "v1", MISSING)
        with pytest.raises(DatasetNotFound):
            backend.tag_list(missing)
        for there, error in ((dataset_id, TagNotFound), (missing, DatasetNotFound)):
            with pytest.raises(error):
                backend.tag_read(there, "v1")
            with pytest.raises(error):
                backend.tag_delete(there, "v1")
            with pytest.raises(error):
                backend.tag_update(
                    there, "v1", new_name="v2", description="", author=AUTHOR, time=START
                )
