"""What of a dataset's history the caller may see.

Whoever may edit a dataset sees its whole history. Everybody else who may see the dataset gets the
revisions that were public, and for them there are no others: references, parents, tags, summaries
and errors are those of that shorter history.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime

from ..metastore import (
    Author,
    DatasetNotFound,
    FileChange,
    JSONObject,
    MetaStore,
    Revision,
    RevisionNotFound,
    Snapshot,
    Tag,
    TagNotFound,
    describe,
    file_changes,
    summarize,
)
from ..metastore.names import check_tag_lookup
from ..metastore.refs import History, resolve
from .dictization import tags_by_revision
from .errors import ckan_errors


class PublicHistory:
    """The public revisions of a dataset, as a history to resolve references in.

    What is hidden and what does not exist give the same errors, also where all is hidden.
    """

    def __init__(self, store: MetaStore, dataset_id: str) -> None:
        self.dataset_id = dataset_id
        self._backend = store.backend

    def head(self) -> Revision:
        """Return the newest public revision."""
        for revision in self.log():
            return revision
        raise DatasetNotFound(self.dataset_id)

    def first(self) -> Revision:
        """Return the oldest public revision."""
        first = self._backend.first(self.dataset_id)
        if first.info.visibility.public:
            return first
        for revision in self.newer(first.id):
            return revision
        raise DatasetNotFound(self.dataset_id)

    def nth(self, n: int) -> Revision:
        """Return the n-th public revision before the newest public one."""
        for number, revision in enumerate(self.log()):
            if number == n:
                return revision
        raise self._missing(RevisionNotFound(self.dataset_id, f"head~{n}"))

    def revision(self, revision_id: str) -> Revision:
        """Return the revision of this id, if it is public."""
        revision = self._backend.revision(self.dataset_id, revision_id)
        if not revision.info.visibility.public:
            raise RevisionNotFound(self.dataset_id, revision_id)
        return revision

    def find(self, prefix: str) -> Sequence[str]:
        """Return the ids of public revisions that start with the prefix."""
        return [
            revision_id
            for revision_id in self._backend.find(self.dataset_id, prefix)
            if self.has(revision_id)
        ]

    def at(self, time: datetime) -> Revision:
        """Return the newest public revision that is not younger."""
        newest = self._backend.at(self.dataset_id, time)
        for revision in self.log(start=newest.id):
            return revision
        raise self._missing(RevisionNotFound(self.dataset_id, time.isoformat()))

    def tag(self, name: str) -> Tag:
        """Return the tag of this name, if it names a public revision."""
        try:
            tag = self._backend.tag_read(self.dataset_id, name)
        except TagNotFound as error:
            raise self._missing(error) from None
        if not self.has(tag.revision_id):
            raise self._missing(TagNotFound(self.dataset_id, name))
        return tag

    def log(self, *, start: str | None = None) -> Iterator[Revision]:
        """Iterate over the public revisions, newest first, lazily."""
        for revision in self._backend.log(self.dataset_id, start=start):
            if revision.info.visibility.public:
                yield revision

    def newer(self, revision_id: str) -> Iterator[Revision]:
        """Iterate over the public revisions after one, oldest first, lazily."""
        for revision in self._backend.newer(self.dataset_id, revision_id):
            if revision.info.visibility.public:
                yield revision

    def has(self, revision_id: str) -> bool:
        """Say whether there is a public revision of this id."""
        try:
            self.revision(revision_id)
        except RevisionNotFound:
            return False
        return True

    def _missing(self, error: Exception) -> Exception:
        """Return the error, unless there is no history at all, which comes first."""
        self.head()
        return error


@dataclass(frozen=True)
class View:
    """The history of one dataset for one caller.

    :param store: where it is.
    :param dataset: the dataset as the caller named it.
    :param dataset_id: its id in the metastore.
    :param package_id: its id in CKAN.
    :param complete: whether the caller sees everything.
    :param authors: whether the caller may know who the portal's users are.
    :param plugin_data: whether the caller may see what CKAN keeps for plugins.
    """

    store: MetaStore
    dataset: str
    dataset_id: str
    package_id: str
    complete: bool
    authors: bool
    plugin_data: bool

    @property
    def history(self) -> History:
        """The revisions among which the caller's references are resolved."""
        if self.complete:
            return self.store.history(self.dataset_id)
        return PublicHistory(self.store, self.dataset_id)

    def errors(self, parameter: str = "dataset") -> AbstractContextManager[None]:
        """Turn the metastore's errors into CKAN's, see ``ckan_errors``."""
        return ckan_errors(self.dataset, parameter, complete=self.complete)

    def resolve(self, ref: str, parameter: str = "revision_ref") -> Revision:
        """Return the revision that the caller's reference names.

        :param ref: the reference.
        :param parameter: the parameter that carried it.
        """
        with self.errors(parameter):
            return resolve(ref, self.history)

    def log(self, *, start: str | None = None) -> Iterator[Revision]:
        """Iterate over the revisions that the caller sees, newest first, lazily."""
        if self.complete:
            return self.store.backend.log(self.dataset_id, start=start)
        return PublicHistory(self.store, self.dataset_id).log(start=start)

    def newer(self, revision_id: str) -> Iterator[Revision]:
        """Iterate over the revisions after one that the caller sees, oldest first, lazily."""
        if self.complete:
            return self.store.backend.newer(self.dataset_id, revision_id)
        return PublicHistory(self.store, self.dataset_id).newer(revision_id)

    def tag(self, name: str) -> Tag:
        """Return the tag that the parameter ``tag`` names."""
        with self.errors("tag"):
            if self.complete:
                return self.store.tag_read(self.dataset_id, name)
            tag = PublicHistory(self.store, self.dataset_id).tag(check_tag_lookup(name))
            return replace(tag, author=self._known(tag.author))

    def tags(self) -> list[Tag]:
        """Return the tags that the caller sees, those of the newest revisions first."""
        with self.errors():
            return list(self.seen(self.store.tag_list(self.dataset_id)))

    def seen(self, tags: Sequence[Tag]) -> Iterator[Tag]:
        """Iterate over those of the dataset's tags that the caller sees, lazily.

        Those of the newest revisions come first, of one revision those that changed last.
        """
        # by the revisions: a change of an old tag's description makes nothing new
        tags = sorted(tags, key=lambda tag: (tag.revision_time, tag.time), reverse=True)
        if self.complete:
            yield from tags
            return
        public = PublicHistory(self.store, self.dataset_id)
        public.head()
        for tag in tags:
            if public.has(tag.revision_id):
                yield replace(tag, author=self._known(tag.author))

    def tag_names(self) -> dict[str, list[str]]:
        """Return the names of tags by revision, to be asked for revisions that the caller sees."""
        return tags_by_revision(self.store.tag_list(self.dataset_id))

    def snapshot(self, revision: Revision) -> Snapshot:
        """Return the content of a revision."""
        with self.errors():
            return self.store.dataset_read(self.dataset_id, revision.id)

    def present(self, revisions: Sequence[Revision]) -> list[Revision]:
        """Return the revisions as the caller may know them.

        :param revisions: revisions that the caller sees.
        """
        if self.complete:
            return list(revisions)
        return [self._anonymized(_public(self.store, revision)) for revision in revisions]

    def _anonymized(self, revision: Revision) -> Revision:
        info = replace(revision.info, author=self._known(revision.info.author))
        return replace(revision, info=info)

    def _known(self, author: Author) -> Author:
        """Return of the author what readers may know, where the caller does not see everything."""
        return replace(author, email=None) if self.authors else Author()


def _public(store: MetaStore, revision: Revision) -> Revision:
    """Return a public revision without a trace of those that are not."""
    history = PublicHistory(store, revision.dataset_id)
    info = revision.info
    after_public = revision.parent is None or history.has(revision.parent)
    reverts_to_hidden = info.reverted_to is not None and not history.has(info.reverted_to)
    if after_public and not reverts_to_hidden:
        return revision

    seen = history.log(start=revision.id)
    next(seen)
    previous = next(seen, None)
    document = _document(store, revision)
    summary = info.summary
    if not after_public:
        before = None if previous is None else _document(store, previous)
        summary = summarize(before, document, _file_changes(store, previous, revision))
    reverted_to = None if reverts_to_hidden else info.reverted_to
    action = "create" if previous is None else "revert" if reverted_to else "update"
    message = info.message
    if message == _generated(store, revision, document):
        message = describe(
            action,
            summary,
            before=None if previous is None else previous.info.visibility,
            after=info.visibility,
            name=_name(document),
            reverted_to=reverted_to,
        )
    return replace(
        revision,
        parent=None if previous is None else previous.id,
        info=replace(
            info, message=message, action=action, summary=summary, reverted_to=reverted_to
        ),
    )


def _generated(store: MetaStore, revision: Revision, document: JSONObject) -> str:
    """Return what the store says of a change for which nobody gave a message."""
    parent = None
    if revision.parent is not None:
        parent = store.backend.revision(revision.dataset_id, revision.parent)
    return describe(
        revision.info.action,
        revision.info.summary,
        before=None if parent is None else parent.info.visibility,
        after=revision.info.visibility,
        name=_name(document),
        reverted_to=revision.info.reverted_to,
    )


def _file_changes(store: MetaStore, before: Revision | None, after: Revision) -> list[FileChange]:
    """Return the changes of files, of which a summary says nothing where all is new."""
    if before is None:
        return []
    old, new = (store.dataset_read(after.dataset_id, one.id) for one in (before, after))
    return file_changes(old.files, new.files)


def _document(store: MetaStore, revision: Revision) -> JSONObject:
    return store.canonical(store.dataset_read(revision.dataset_id, revision.id).document)


def _name(document: JSONObject) -> str | None:
    name = document.get("name")
    return name if isinstance(name, str) else None
