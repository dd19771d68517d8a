"""Random sequences of operations against a simple model."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from ..backend import Backend, Capability
from ..errors import Conflict, DatasetExists, DatasetNotFound, TagExists, TagNotFound
from ..model import Author, Revision
from .tools import MISSING, START, info, new_id, relaxed

NAMES = st.integers(0, 2)
TAGS = st.sampled_from(["a", "b", "c"])
BACK = st.integers(0, 6)


class Machine(RuleBasedStateMachine):
    """Three datasets, each a list of (revision, files), and their tags."""

    def __init__(self, backend: Backend) -> None:
        super().__init__()
        self.backend = backend
        self.ids = [new_id() for _ in range(3)]
        self.histories: dict[str, list[tuple[Revision, dict[str, bytes]]]] = {}
        self.tags: dict[str, dict[str, str]] = {}
        self.clock = 0

    @rule(name=NAMES, content=st.binary(max_size=5), stale=st.booleans())
    def commit(self, name: int, content: bytes, stale: bool) -> None:
        dataset_id, files = self.ids[name], {"a": content, "d/b": content * 2}
        history = self.histories.get(dataset_id)
        self.clock += 1
        commit_info = info(self.clock)
        if history is None and stale:
            with pytest.raises(DatasetNotFound):
                self.backend.commit(dataset_id, files, parent=MISSING, info=commit_info)
        elif history is not None and stale:
            stale_id = history[-2][0].id if len(history) > 1 else MISSING
            with pytest.raises(Conflict):
                self.backend.commit(dataset_id, files, parent=stale_id, info=commit_info)
        else:
            parent = history[-1][0].id if history else None
            revision = self.backend.commit(dataset_id, files, parent=parent, info=commit_info)
            assert (revision.parent, revision.info) == (parent, commit_info)
            self.histories.setdefault(dataset_id, []).append((revision, files))

    @rule(name=NAMES)
    def create_again(self, name: int) -> None:
        if self.ids[name] in self.histories:
            with pytest.raises(DatasetExists):
                self.backend.commit(self.ids[name], {"a": b""}, parent=None, info=info())

    @rule(name=NAMES, tag=TAGS, back=BACK)
    def tag(self, name: int, tag: str, back: int) -> None:
        dataset_id = self.ids[name]
        history = self.histories.get(dataset_id, [])
        if back >= len(history):
            return
        revision_id = history[-1 - back][0].id
        tags = self.tags.setdefault(dataset_id, {})
        time = START + timedelta(seconds=self.clock)
        if tag in tags:
            with pytest.raises(TagExists):
                self.backend.tag_create(
                    dataset_id, tag, revision_id, description="", author=Author(), time=time
                )
        else:
            self.backend.tag_create(
                dataset_id, tag, revision_id, description="", author=Author(), time=time
            )
            tags[tag] = revision_id

    @rule(name=NAMES, tag=TAGS, new_name=TAGS)
    def rename(self, name: int, tag: str, new_name: str) -> None:
        dataset_id = self.ids[name]
        tags = self.tags.get(dataset_id, {})

        def update() -> None:
            self.backend.tag_update(
                dataset_id, tag, new_name=new_name, description="", author=Author(), time=START
            )

        if dataset_id not in self.histories:
            with pytest.raises(DatasetNotFound):
                update()
        elif tag not in tags:
            with pytest.raises(TagNotFound):
                update()
        elif new_name != tag and new_name in tags:
            with pytest.raises(TagExists):
                update()
        else:
            update()
            tags[new_name] = tags.pop(tag)

    @rule(name=NAMES, tag=TAGS)
    def untag(self, name: int, tag: str) -> None:
        dataset_id = self.ids[name]
        if tag in self.tags.get(dataset_id, {}):
            self.backend.tag_delete(dataset_id, tag)
            del self.tags[dataset_id][tag]

    @rule(name=NAMES)
    def purge(self, name: int) -> None:
        dataset_id = self.ids[name]
        if dataset_id in self.histories and Capability.PURGE in self.backend.capabilities:
            self.backend.purge(dataset_id)
            del self.histories[dataset_id]
            self.tags.pop(dataset_id, None)

    @rule(old=NAMES, new=NAMES)
    def move(self, old: int, new: int) -> None:
        a, b = self.ids[old], self.ids[new]
        if a not in self.histories or Capability.MOVE not in self.backend.capabilities:
            return
        if b in self.histories:
            with pytest.raises(DatasetExists):
                self.backend.move(a, b)
            return
        self.backend.move(a, b)
        self.histories[b] = [
            (Revision(r.id, b, r.parent, r.info), files) for r, files in self.histories.pop(a)
        ]
        self.tags[b] = self.tags.pop(a, {})

    @rule(name=NAMES)
    def maintain(self, name: int) -> None:
        if self.ids[name] in self.histories and Capability.MAINTAIN in self.backend.capabilities:
            self.backend.maintain(self.ids[name])

    @rule()
    def reopen(self) -> None:
        self.backend.close()

    @invariant()
    def all_is_as_in_the_model(self) -> None:
        for dataset_id in self.ids:
            history = self.histories.get(dataset_id)
            assert self.backend.exists(dataset_id) == (history is not None)
            if history is not None:
                revisions = [revision for revision, _ in history]
                assert list(self.backend.log(dataset_id)) == revisions[::-1]
                for revision, files in (history[0], history[-1]):
                    assert self.backend.read(dataset_id, revision.id) == files
                found = {t.name: t.revision_id for t in self.backend.tag_list(dataset_id)}
                assert found == self.tags.get(dataset_id, {})


class StatefulConformance:
    """Needs the fixture ``backend``."""

    def test_any_sequence_of_operations(self, backend: Backend) -> None:
        class Bound(Machine):
            def __init__(self) -> None:
                super().__init__(backend)

        run_state_machine_as_test(
            Bound,
            settings=settings(relaxed, max_examples=30, stateful_step_count=25),
        )
