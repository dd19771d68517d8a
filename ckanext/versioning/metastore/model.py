"""The values that the metastore takes and returns. All are immutable."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .datafiles import DataFile, data_files

JSONObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Author:
    """Who made a revision or a tag.

    :param id: a stable identifier, for CKAN the user's id; empty if unknown.
    :param name: the name to display; empty if unknown.
    :param email: an e-mail address, or None where none is to be stored.
    """

    id: str = ""
    name: str = ""
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Visibility:
    """Who could see the dataset when the revision was made.

    :param private: whether the dataset was private.
    :param state: CKAN's state: ``active``, ``draft``, ``deleted`` or ``purged``.
    """

    private: bool = False
    state: str = "active"

    @property
    def public(self) -> bool:
        """Whether everybody who may read the dataset may read the revision."""
        return not self.private and self.state == "active"


@dataclass(frozen=True, slots=True)
class ResourceChange:
    """A resource that a revision touched.

    :param id: the resource's id, or its name where the snapshot has no ids.
    :param name: the name to display; empty if it has none.
    :param fields: the names of the changed fields, sorted; empty for added and removed ones. The
        bytes of its file are the field ``file``.
    :param file: ``add``, ``remove`` or ``change``, if ``file`` is among the fields.
    """

    id: str
    name: str = ""
    fields: tuple[str, ...] = ()
    file: str = ""


@dataclass(frozen=True, slots=True)
class ChangeSummary:
    """What a revision changed against its parent, small enough to be stored with it.

    :param fields: the names of the changed dataset fields, sorted.
    :param added: the resources that were added.
    :param removed: the resources that were removed.
    :param changed: the resources of which fields changed.
    :param reordered: whether resources that stayed stand in another order.
    """

    fields: tuple[str, ...] = ()
    added: tuple[ResourceChange, ...] = ()
    removed: tuple[ResourceChange, ...] = ()
    changed: tuple[ResourceChange, ...] = ()
    reordered: bool = False

    @property
    def empty(self) -> bool:
        return not (self.fields or self.added or self.removed or self.changed or self.reordered)


@dataclass(frozen=True, slots=True)
class CommitInfo:
    """All that a backend stores with a revision besides its files.

    :param author: who made the change.
    :param time: when it was accepted; must be aware, is stored in UTC to the microsecond.
    :param message: why, in the author's or in generated words.
    :param action: ``create``, ``update``, ``delete``, ``restore``, ``revert`` or ``purge``.
    :param summary: what changed against the parent.
    :param visibility: who could see the dataset then.
    :param reverted_to: the id of the revision that was reverted to, if any.
    :param change_id: the caller's id of this change; makes repeating a commit harmless.
    """

    author: Author
    time: datetime
    message: str
    action: str
    summary: ChangeSummary = field(default_factory=ChangeSummary)
    visibility: Visibility = field(default_factory=Visibility)
    reverted_to: str | None = None
    change_id: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What a caller says of a change it asks the store to record.

    :param author: who makes it.
    :param message: why; empty lets the store describe the change in words.
    :param time: when it was accepted (aware); None means now.
    :param visibility: who can see the dataset now; None means as before, at first public.
    :param action: see ``CommitInfo``; None lets the store tell it from the states before and after.
    :param reverted_to: the id of the revision whose content this restores, if any.
    :param change_id: the caller's id of the change; repeating the same one is harmless.
    """

    author: Author = field(default_factory=Author)
    message: str = ""
    time: datetime | None = None
    visibility: Visibility | None = None
    action: str | None = None
    reverted_to: str | None = None
    change_id: str | None = None


@dataclass(frozen=True, slots=True)
class Revision:
    """One state in a dataset's history.

    :param id: the revision's id, lower-case hexadecimal, unique within the dataset.
    :param dataset_id: the dataset's id.
    :param parent: the id of the revision before it, None for the first.
    :param info: who, when, why and what.
    """

    id: str
    dataset_id: str
    parent: str | None
    info: CommitInfo


@dataclass(frozen=True, slots=True)
class Tag:
    """A name for a revision.

    :param name: unique within the dataset.
    :param description: free text.
    :param author: who created or last changed it.
    :param time: when that was; aware, UTC.
    :param revision_id: the revision that it names.
    :param revision_time: the time of that revision; aware, UTC.
    """

    name: str
    description: str
    author: Author
    time: datetime
    revision_id: str
    revision_time: datetime


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The content of a dataset at one time.

    :param datapackage: the public view, a Frictionless Data Package.
    :param source: the document it was mapped from, lossless; None where there is none.
    """

    datapackage: JSONObject
    source: JSONObject | None = None

    @property
    def document(self) -> JSONObject:
        """What show, diff and revert work on: the source where there is one."""
        return self.datapackage if self.source is None else self.source

    @property
    def files(self) -> tuple[DataFile, ...]:
        """The files of its resources, as the data package tells of them."""
        return data_files(self.datapackage)


@dataclass(frozen=True, slots=True)
class Problem:
    """A finding of a backend's verify.

    :param dataset_id: the dataset concerned.
    :param reason: what is wrong, and what to do if that is known.
    """

    dataset_id: str
    reason: str
