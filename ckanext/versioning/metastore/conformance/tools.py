"""What the suite is made with."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta, timezone
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from ..backend import Backend
from ..model import (
    Author,
    ChangeSummary,
    CommitInfo,
    ResourceChange,
    Revision,
    Visibility,
)

START = datetime(2024, 2, 29, 12, 0, 0, 123456, tzinfo=timezone.utc)
MISSING = "0123456789abcdef" * 2 + "01234567"
FILES = {"datapackage.json": b'{"name": "x"}\n'}

# A test's examples share its backend and use datasets of their own.
relaxed = settings(
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.differing_executors,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)


def new_id() -> str:
    """Return a dataset id that was never used."""
    return str(uuid.uuid4())


def info(n: int = 0, **changes: Any) -> CommitInfo:
    """Return a commit's info; ``n`` minutes after the start."""
    values: dict[str, Any] = {
        "author": Author("u-1", "Ada Lovelace"),
        "time": START + timedelta(minutes=n),
        "message": f"Change number {n}",
        "action": "update" if n else "create",
    }
    return CommitInfo(**{**values, **changes})


def grow(backend: Backend, dataset_id: str, count: int) -> list[Revision]:
    """Create a dataset with that many revisions; return them, oldest first."""
    revisions: list[Revision] = []
    for n in range(count):
        parent = revisions[-1].id if revisions else None
        files = {"datapackage.json": b'{"n": %d}\n' % n}
        revisions.append(backend.commit(dataset_id, files, parent=parent, info=info(n)))
    return revisions


def texts(max_size: int = 40) -> st.SearchStrategy[str]:
    """Text of all that UTF-8 can hold, with what trips parsers more often than by chance."""
    nasty = st.sampled_from(
        ["\n", "\r\n", "\0", "\n\n", "Action: update", "Message: x", '"', "<a@b>", "é", "🦊", " "]
    )
    plain = st.text(st.characters(exclude_categories=["Cs"]), max_size=max_size)
    return st.lists(nasty | plain, max_size=6).map("".join)


resource_changes = st.builds(
    ResourceChange,
    id=texts(10),
    name=texts(10),
    fields=st.lists(texts(8), max_size=3).map(tuple),
    file=st.sampled_from(["", "add", "remove", "change"]),
)
summaries = st.builds(
    ChangeSummary,
    fields=st.lists(texts(10), max_size=4).map(tuple),
    added=st.lists(resource_changes, max_size=3).map(tuple),
    removed=st.lists(resource_changes, max_size=2).map(tuple),
    changed=st.lists(resource_changes, max_size=2).map(tuple),
    reordered=st.booleans(),
)
authors = st.builds(Author, id=texts(10), name=texts(20), email=st.none() | texts(10))
times = st.datetimes(
    min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.just(timezone.utc)
)
infos = st.builds(
    CommitInfo,
    author=authors,
    time=times,
    message=texts(200),
    action=st.sampled_from(["create", "update", "delete", "restore", "revert", "purge"])
    | texts(10),
    summary=summaries,
    visibility=st.builds(Visibility, private=st.booleans(), state=texts(10)),
    reverted_to=st.none() | texts(10),
    change_id=st.none() | texts(10),
)
