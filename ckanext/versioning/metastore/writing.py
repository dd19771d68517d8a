"""How a revision comes about: from a snapshot and a change to a commit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timezone

from .backend import Backend
from .datafiles import KEPT, DataFile
from .describe import describe
from .diff import summarize
from .encoding import DATAPACKAGE, SOURCE, clean, decode, encode, same
from .errors import Conflict, CorruptStore, DatasetExists, DatasetNotFound
from .filediff import file_changes
from .model import (
    Author,
    Change,
    ChangeSummary,
    CommitInfo,
    JSONObject,
    Revision,
    Snapshot,
    Visibility,
)

Canonical = Callable[[JSONObject], JSONObject]
# From the head and its content to the new content; or the revision that makes a new one needless.
Step = Callable[[Revision, Snapshot], "tuple[Snapshot, Change] | Revision"]

# Where a backend can't keep other writers out, another one may always be quicker.
_ATTEMPTS = 50
_MARK = f'"{KEPT}"'.encode()
_CLOSED = frozenset({"deleted", "purged"})


class Writer:
    """Makes revisions over a backend.

    :param backend: where they are stored.
    :param canonical: see ``MetaStore``.
    :param lfs_server_url: see ``MetaStore``.
    """

    def __init__(self, backend: Backend, canonical: Canonical, lfs_server_url: str = "") -> None:
        self._backend = backend
        self._canonical = canonical
        self._lfs_server_url = lfs_server_url

    def snapshot(self, revision: Revision) -> Snapshot:
        """Return the content of a revision."""
        files = self._backend.read(revision.dataset_id, revision.id, (DATAPACKAGE, SOURCE))
        return decode(revision.dataset_id, revision.id, files)

    def files(self, revision: Revision) -> tuple[DataFile, ...]:
        """Return the data files of a revision, kept or not, without reading its source."""
        files = self._backend.read(revision.dataset_id, revision.id, (DATAPACKAGE,))
        # Most data packages of a portal without uploads are not worth being parsed.
        if _MARK not in files.get(DATAPACKAGE, _MARK):
            return ()
        return decode(revision.dataset_id, revision.id, files).files

    def create(self, dataset_id: str, snapshot: Snapshot, change: Change) -> Revision:
        """Store the first revision. :raises DatasetExists: if there is one."""
        files = encode(snapshot, self._lfs_server_url)
        summary = summarize(None, self._canonical(snapshot.document))
        visibility = change.visibility or Visibility()
        info = _info(change, "create", summary=summary, after=visibility)
        return self._backend.commit(dataset_id, files, parent=None, info=info)

    def update(self, dataset_id: str, step: Step, parent: str | None = None) -> Revision:
        """Store what the step makes of the head; return the head if that changes nothing.

        :param dataset_id: the dataset's id.
        :param step: called again whenever another writer was quicker.
        :param parent: the id that the head must have, if any.
        :raises Conflict: if it has not.
        """
        for attempt in range(_ATTEMPTS):
            try:
                return self._update(dataset_id, step, parent)
            except Conflict:
                if parent is not None or attempt == _ATTEMPTS - 1:
                    raise
        raise AssertionError("unreachable")

    def record(
        self, dataset_id: str, snapshot: Snapshot, change: Change, expected_head: str | None
    ) -> Revision:
        """Create or update, once per change id; see ``MetaStore.dataset_record``."""

        def step(head: Revision, before: Snapshot) -> tuple[Snapshot, Change] | Revision:
            done = self._recorded(head, change.change_id, expected_head)
            return done or (snapshot, change)

        for attempt in range(_ATTEMPTS):
            try:
                return self.update(dataset_id, step)
            except DatasetNotFound:
                if expected_head is not None:
                    raise _lost(dataset_id, expected_head) from None
            try:
                return self.create(dataset_id, snapshot, change)
            except DatasetExists:
                if attempt == _ATTEMPTS - 1:
                    raise
        raise AssertionError("unreachable")

    def _update(self, dataset_id: str, step: Step, parent: str | None) -> Revision:
        with self._backend.exclusive(dataset_id):
            head = self._backend.head(dataset_id)
            if parent is not None and parent != head.id:
                raise Conflict(dataset_id, expected=parent, head=head.id)
            before = self.snapshot(head)
            made = step(head, before)
            if isinstance(made, Revision):
                return made
            after, change = made
            files = encode(after, self._lfs_server_url)
            replaced = file_changes(before.files, after.files)
            visibility = change.visibility or head.info.visibility
            old, new = self._canonical(before.document), self._canonical(after.document)
            if (
                visibility == head.info.visibility
                and (before.source is None) == (after.source is None)
                and not replaced
                and same(old, new)
            ):
                return head
            info = _info(
                change,
                _action(head.info.visibility, visibility),
                summary=summarize(old, new, replaced),
                before=head.info.visibility,
                after=visibility,
                name=new.get("name"),
            )
            return self._backend.commit(dataset_id, files, parent=head.id, info=info)

    def _recorded(
        self, head: Revision, change_id: str | None, expected_head: str | None
    ) -> Revision | None:
        if change_id is not None and head.info.change_id == change_id:
            return head
        if expected_head is None or head.id == expected_head:
            return None
        for revision in self._backend.log(head.dataset_id):
            if change_id is not None and revision.info.change_id == change_id:
                return revision
            if revision.id == expected_head:
                return None
        raise _lost(head.dataset_id, expected_head)


def _lost(dataset_id: str, expected_head: str) -> CorruptStore:
    return CorruptStore(
        dataset_id,
        f"revision {expected_head!r} was recorded before and is gone, so history was lost; "
        "restore the backup of the store, or accept the loss by recording the dataset anew",
    )


def _action(before: Visibility, after: Visibility) -> str:
    if after.state in _CLOSED and before.state not in _CLOSED:
        return "delete"
    if before.state in _CLOSED and after.state not in _CLOSED:
        return "restore"
    return "update"


def _info(
    change: Change,
    action: str,
    *,
    summary: ChangeSummary,
    after: Visibility,
    before: Visibility | None = None,
    name: object = None,
) -> CommitInfo:
    action = change.action or action
    message = change.message or describe(
        action,
        summary,
        before=before,
        after=after,
        name=name if isinstance(name, str) else None,
        reverted_to=change.reverted_to,
    )
    return CommitInfo(
        author=cleaned(change.author),
        time=utc(change.time),
        message=clean(message),
        action=clean(action),
        summary=summary,
        visibility=replace(after, state=clean(after.state)),
        reverted_to=change.reverted_to,
        change_id=None if change.change_id is None else clean(change.change_id),
    )


def cleaned(author: Author) -> Author:
    """Return the author as UTF-8 can hold it."""
    email = None if author.email is None else clean(author.email)
    return Author(clean(author.id), clean(author.name), email)


def utc(time: datetime | None) -> datetime:
    """Return the time in UTC; now, if there is none. :raises ValueError: if it is naive."""
    if time is None:
        return datetime.now(timezone.utc)
    if time.tzinfo is None:
        raise ValueError("a time without an offset does not say when something happened")
    return time.astimezone(timezone.utc)
