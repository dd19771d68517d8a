"""How a reference is read, and which of its readings counts."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.versioning.metastore import (
    AmbiguousRef,
    Author,
    InvalidRef,
    MetaStore,
    Revision,
    RevisionNotFound,
    Tag,
    TagNotFound,
)
from ckanext.versioning.metastore.backends.memory import MemoryBackend
from ckanext.versioning.metastore.conformance.tools import START, grow, info
from ckanext.versioning.metastore.refs import Ref, parse, resolve

UTC = timezone.utc


class Some:
    """A history of three revisions, of which two ids share a prefix."""

    dataset_id = "x"

    def __init__(self, tags: dict[str, int] | None = None) -> None:
        ids = ["abcdef0" + "1" * 33, "abcdef0" + "2" * 33, "fedcba9" + "3" * 33]
        self.revisions = [Revision(i, "x", None, info(n)) for n, i in enumerate(ids)]
        self.tags = tags or {}

    def head(self) -> Revision:
        return self.revisions[-1]

    def first(self) -> Revision:
        return self.revisions[0]

    def nth(self, n: int) -> Revision:
        if n >= len(self.revisions):
            raise RevisionNotFound("x", "")
        return self.revisions[-1 - n]

    def revision(self, revision_id: str) -> Revision:
        for revision in self.revisions:
            if revision.id == revision_id:
                return revision
        raise RevisionNotFound("x", revision_id)

    def find(self, prefix: str) -> list[str]:
        return [r.id for r in self.revisions if r.id.startswith(prefix)]

    def at(self, time: datetime) -> Revision:
        for revision in reversed(self.revisions):
            if revision.info.time <= time:
                return revision
        raise RevisionNotFound("x", "")

    def tag(self, name: str) -> Tag:
        if name not in self.tags:
            raise TagNotFound("x", name)
        revision = self.revisions[self.tags[name]]
        return Tag(name, "", Author(), START, revision.id, revision.info.time)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2020-01-02", datetime(2020, 1, 2, tzinfo=UTC)),
        ("2020-01-02T03:04", datetime(2020, 1, 2, 3, 4, tzinfo=UTC)),
        ("2020-01-02 03:04:05", datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2020-01-02t03:04:05z", datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2020-01-02T03:04:05.5Z", datetime(2020, 1, 2, 3, 4, 5, 500_000, tzinfo=UTC)),
        ("2020-01-02T03:04:05,123456789Z", datetime(2020, 1, 2, 3, 4, 5, 123_456, tzinfo=UTC)),
        ("2020-01-02T03:04:05+02:30", datetime(2020, 1, 2, 0, 34, 5, tzinfo=UTC)),
        ("2020-01-02T03:04:05-0230", datetime(2020, 1, 2, 5, 34, 5, tzinfo=UTC)),
        ("2020-01-02T03:04:05+02", datetime(2020, 1, 2, 1, 4, 5, tzinfo=UTC)),
        ("2020-02-30", None),
        ("2020-01-02T25:00", None),
        ("2020-01-02T03:04:60", None),
        ("2020-01-02T03:04+99:00", None),
        ("0001-01-01T00:00+01:00", None),
        ("2020-1-2", None),
        ("2020-01", None),
        ("\uff12\uff10\uff12\uff10-01-02", None),
    ],
)
def test_instants(text: str, time: datetime | None) -> None:
    try:
        assert parse(text).time == time
    except InvalidRef:
        assert time is None


@given(st.datetimes(timezones=st.timezones()))
def test_every_isoformat_is_read(time: datetime) -> None:
    text = time.isoformat()
    offset = time.utcoffset()
    assert offset is not None
    if offset.total_seconds() % 60:
        return  # historical local times, which RFC 3339 can't write either
    try:
        expected = time.astimezone(UTC)
    except OverflowError:
        return
    assert parse(text).time == expected


def test_readings() -> None:
    assert parse("head") == Ref("head", back=0)
    assert parse("HEAD~12") == Ref("HEAD~12", back=12)
    assert parse("ABCDEF0") == Ref("ABCDEF0", id="abcdef0", tag="ABCDEF0")
    assert parse("abcdef") == Ref("abcdef", tag="abcdef")
    assert parse("a" * 65) == Ref("a" * 65, tag="a" * 65)
    assert parse("heads") == Ref("heads", tag="heads")


NO_REFERENCES = ["", "a b", "head~", "head~x", "head~-1", "head^", "Head~1", "head~1 ", "~", "../x"]
NO_REFERENCES += ["a\0", "a\n", "a" * 256, "\ud800", "2020-13-01T00:00"]


@pytest.mark.parametrize("text", [*NO_REFERENCES, None, 7])
def test_what_is_no_reference(text: object) -> None:
    with pytest.raises(InvalidRef) as caught:
        parse(text)
    assert caught.value.reason


def test_the_first_reading_that_names_a_revision_counts() -> None:
    plain = Some()
    ids = [revision.id for revision in plain.revisions]
    assert resolve("fedcba9", plain).id == ids[2]
    assert resolve("fedcba9", Some({"fedcba9": 0})).id == ids[0]
    assert resolve(ids[1], Some({ids[1]: 0})).id == ids[1]
    assert resolve("9999-01-01", Some({"9999-01-01": 1})).id == ids[1]
    assert resolve("2024-03-01", plain).id == ids[2]
    assert resolve("2024-03-01", Some({"2024-03-01": 0})).id == ids[0]
    assert resolve("abcdef0", Some({"abcdef0": 2})).id == ids[2]
    assert resolve("head", Some({"head": 0})).id == ids[2]


def test_an_ambiguous_prefix() -> None:
    history = Some()
    with pytest.raises(AmbiguousRef) as caught:
        resolve("abcdef0", history)
    assert caught.value.candidates == tuple(r.id for r in history.revisions[:2])
    assert resolve("abcdef01", history) == history.revisions[0]


def test_instants_before_and_after_everything() -> None:
    history = Some()
    now = START + timedelta(days=1)
    with pytest.raises(InvalidRef, match="future"):
        resolve("2024-03-02", history, now=now)
    with pytest.raises(InvalidRef, match=r"2024-02-29T12:00:00\.123456Z"):
        resolve("2024-02-29", history, now=now)
    assert resolve("2024-03-01", history, now=now) == history.head()


def test_a_huge_number_does_not_walk() -> None:
    class Walked(Some):
        def nth(self, n: int) -> Revision:
            raise AssertionError(n)

    with pytest.raises(RevisionNotFound):
        resolve(f"head~{'9' * 240}", Walked())


@given(st.text(max_size=300))
def test_any_text_is_told_about(text: str) -> None:
    backend = MemoryBackend()
    grow(backend, "x", 2)
    with suppress(InvalidRef, RevisionNotFound):
        MetaStore(backend).revision_read("x", text)
