"""MetaStore: all meaning, once for every backend."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from . import refs
from .backend import Backend
from .datafiles import DataFile
from .diff import Diff
from .errors import CorruptStore, InvalidSnapshot, ResourceNotFound
from .model import Change, JSONObject, Problem, Revision, Snapshot
from .names import check_dataset_id
from .patch import merge_patch
from .tagging import Tagging
from .writing import Canonical, Writer

UNSAID = Change()


def identity(document: JSONObject) -> JSONObject:
    """Return the document: all of it counts."""
    return document


class MetaStore(Tagging):
    """Datasets with their revisions and tags.

    ``ref`` is a reference as ``refs`` reads it. Every operation that names a dataset raises
    ``InvalidName`` for an id that can't be one and ``DatasetNotFound`` for one that is not there;
    every one that takes a reference raises ``InvalidRef``, ``AmbiguousRef`` or
    ``RevisionNotFound``; every write raises ``BackendUnavailable`` if the storage fails.

    :param backend: where everything is stored.
    :param canonical: returns what counts of a document (``Snapshot.document``); what it leaves out
        makes no revision and shows in no summary or diff.
    :param lfs_server_url: where those who clone a dataset get the bytes of its data files from; by
        default git-lfs asks at the address that was cloned.
    """

    def __init__(
        self, backend: Backend, *, canonical: Canonical = identity, lfs_server_url: str = ""
    ) -> None:
        self.backend = backend
        self.canonical = canonical
        self._writer = Writer(backend, canonical, lfs_server_url)

    # Datasets

    def dataset_create(
        self, dataset_id: str, snapshot: Snapshot, change: Change = UNSAID
    ) -> Revision:
        """Store a new dataset and return its first revision.

        :param dataset_id: its id.
        :param snapshot: its content.
        :param change: who, when and why.
        :raises DatasetExists: if it is there already.
        :raises InvalidSnapshot: if the content can't be stored.
        """
        return self._writer.create(check_dataset_id(dataset_id), snapshot, change)

    def dataset_read(self, dataset_id: str, ref: str = "head") -> Snapshot:
        """Return the content of a dataset at a revision."""
        return self._writer.snapshot(self.revision_read(dataset_id, ref))

    def dataset_update(
        self,
        dataset_id: str,
        snapshot: Snapshot,
        change: Change = UNSAID,
        *,
        parent: str | None = None,
    ) -> Revision:
        """Give a dataset new content and return the new revision, or the head if nothing changed.

        :param dataset_id: its id.
        :param snapshot: the whole new content.
        :param change: who, when and why.
        :param parent: the id of the revision that the writer built upon; None: whichever is head.
        :raises Conflict: if ``parent`` is not the head.
        :raises InvalidSnapshot: if the content can't be stored.
        """
        return self._writer.update(
            check_dataset_id(dataset_id), lambda head, before: (snapshot, change), parent
        )

    def dataset_patch(
        self,
        dataset_id: str,
        changes: JSONObject,
        change: Change = UNSAID,
        *,
        source: JSONObject | None = None,
        parent: str | None = None,
    ) -> Revision:
        """Change parts of a dataset by JSON Merge Patches (RFC 7396).

        :param dataset_id: its id.
        :param changes: the patch of the data package; a member of null removes the one there.
        :param change: who, when and why.
        :param source: the patch of the source document; needed where the dataset has one, since
            otherwise the two would no longer say the same.
        :param parent: see ``dataset_update``.
        :raises Conflict: if ``parent`` is not the head.
        :raises InvalidSnapshot: if the content can't be stored, or just one of the dataset and the
            call has a source.
        """

        def patched(head: Revision, before: Snapshot) -> tuple[Snapshot, Change]:
            if (before.source is None) != (source is None):
                raise InvalidSnapshot(
                    "the dataset has no source document to change"
                    if before.source is None
                    else "the dataset has a source document, which must change along; "
                    "say how, or update the dataset as a whole"
                )
            return (
                Snapshot(
                    merge_patch(before.datapackage, changes),
                    None if source is None else merge_patch(before.source, source),
                ),
                change,
            )

        return self._writer.update(check_dataset_id(dataset_id), patched, parent)

    def dataset_delete(self, dataset_id: str, change: Change = UNSAID) -> Revision:
        """Close a dataset with a revision that says it is deleted; its history stays.

        :param dataset_id: its id.
        :param change: who, when and why.
        """

        def deleted(head: Revision, before: Snapshot) -> tuple[Snapshot, Change]:
            visibility = change.visibility or head.info.visibility
            return before, replace(change, visibility=replace(visibility, state="deleted"))

        return self._writer.update(check_dataset_id(dataset_id), deleted)

    def dataset_revert(self, dataset_id: str, ref: str, change: Change = UNSAID) -> Revision:
        """Restore the content of a revision by a new one; who can see the dataset stays.

        :param dataset_id: its id.
        :param ref: the revision to return to.
        :param change: who, when and why; it may say who can see the dataset.
        :return: the new revision, or the head if its content is the same already.
        """
        target = self.revision_read(dataset_id, ref)
        content = self._writer.snapshot(target)
        reverting = replace(change, action="revert", reverted_to=target.id)
        return self._writer.update(
            check_dataset_id(dataset_id), lambda head, before: (content, reverting)
        )

    def dataset_record(
        self,
        dataset_id: str,
        snapshot: Snapshot,
        change: Change = UNSAID,
        *,
        expected_head: str | None,
    ) -> Revision:
        """Record a state that another system holds: create or update, harmless to repeat.

        :param dataset_id: its id.
        :param snapshot: the whole content.
        :param change: who, when and why; its ``change_id`` tells a repetition.
        :param expected_head: the last revision that the other system knows of; None if of none.
        :return: the new revision; the one that carries the change id already; or the head if
            nothing changed.
        :raises CorruptStore: if ``expected_head`` is no longer in the history.
        :raises InvalidSnapshot: if the content can't be stored.
        """
        return self._writer.record(check_dataset_id(dataset_id), snapshot, change, expected_head)

    def dataset_purge(self, dataset_id: str) -> None:
        """Erase a dataset with all its history and tags.

        :raises NotSupported: if the backend can't.
        """
        self.backend.purge(check_dataset_id(dataset_id))

    def dataset_move(self, dataset_id: str, new_id: str) -> None:
        """Give a dataset another id.

        :raises DatasetExists: if ``new_id`` is taken.
        :raises NotSupported: if the backend can't.
        """
        self.backend.move(check_dataset_id(dataset_id), check_dataset_id(new_id))

    def dataset_list(self, after: str | None = None, limit: int = 1000) -> list[str]:
        """Return dataset ids in ascending order, a page at a time.

        :param after: only ids greater than this one.
        :param limit: how many at most.
        """
        return self.backend.list(after=after, limit=_positive(limit))

    def dataset_exists(self, dataset_id: str) -> bool:
        """Say whether the dataset is in the store."""
        return self.backend.exists(check_dataset_id(dataset_id))

    # Revisions

    def history(self, dataset_id: str) -> refs.BackendHistory:
        """Return the history of a dataset, for ``refs.resolve``."""
        return refs.BackendHistory(self.backend, check_dataset_id(dataset_id))

    def revision_read(self, dataset_id: str, ref: str = "head") -> Revision:
        """Return the revision that a reference names."""
        return refs.resolve(ref, self.history(dataset_id))

    def revision_list(
        self, dataset_id: str, *, start: str | None = None, limit: int = 20
    ) -> list[Revision]:
        """Return revisions, newest first.

        :param dataset_id: the dataset's id.
        :param start: a reference to the first one to return; the head by default.
        :param limit: how many at most.
        """
        check_dataset_id(dataset_id)
        first = None if start is None else self.revision_read(dataset_id, start).id
        return list(islice(self.backend.log(dataset_id, start=first), _positive(limit)))

    def revision_diff(self, dataset_id: str, ref_1: str, ref_2: str = "head") -> Diff:
        """Return what changed from one revision to another.

        :param dataset_id: the dataset's id.
        :param ref_1: the revision to start from.
        :param ref_2: the revision to compare it with.
        """
        before, after = (self.revision_read(dataset_id, ref) for ref in (ref_1, ref_2))
        old, new = self._writer.snapshot(before), self._writer.snapshot(after)
        return Diff(
            self.canonical(old.document),
            self.canonical(new.document),
            before.id,
            after.id,
            old.files,
            new.files,
        )

    def get_resource(self, dataset_id: str, resource: str, ref: str = "head") -> JSONObject:
        """Return a resource as it was at a revision.

        :param dataset_id: the dataset's id.
        :param resource: its id, or else its name.
        :param ref: the revision.
        :raises ResourceNotFound: if the revision has none such.
        """
        revision = self.revision_read(dataset_id, ref)
        resources = self._writer.snapshot(revision).document.get("resources")
        candidates = resources if isinstance(resources, list) else []
        for key in ("id", "name"):
            for candidate in candidates:
                if isinstance(candidate, dict) and candidate.get(key) == resource:
                    return candidate
        raise ResourceNotFound(dataset_id, resource, revision.id)

    def get_file(self, dataset_id: str, resource: str, ref: str = "head") -> DataFile:
        """Return what is known of the file of a resource at a revision.

        :param dataset_id: the dataset's id.
        :param resource: the resource's id, or its name where it has no id.
        :param ref: the revision.
        :raises ResourceNotFound: if the revision has no file of such a resource.
        """
        revision = self.revision_read(dataset_id, ref)
        for file in self._writer.snapshot(revision).files:
            if file.resource == resource:
                return file
        raise ResourceNotFound(dataset_id, resource, revision.id)

    def files(self, dataset_id: str) -> Iterator[DataFile]:
        """Iterate over all files that any revision of a dataset refers to, each once.

        :param dataset_id: the dataset's id.
        :raises CorruptStore: if a revision can't be read, and what it refers to is not known.
        """
        seen: set[DataFile] = set()
        for revision in self.backend.log(check_dataset_id(dataset_id)):
            for file in self._writer.files(revision):
                if file not in seen:
                    seen.add(file)
                    yield file

    def verify(self, dataset_id: str) -> list[Problem]:
        """Read everything of a dataset back and report what is damaged; an empty list is good.

        :raises NotSupported: if the backend can't.
        """
        problems = list(self.backend.verify(check_dataset_id(dataset_id)))
        if problems:
            return problems
        for revision in self.backend.log(dataset_id):
            try:
                self._writer.snapshot(revision)
            except CorruptStore as error:
                problems.append(Problem(dataset_id, error.reason))
        return problems


def _positive(limit: int) -> int:
    if limit < 1:
        raise ValueError(f"limit must be 1 or more, not {limit}")
    return limit
