"""The errors of the metastore: one tree, each error carrying its data as attributes."""

from __future__ import annotations


class MetastoreError(Exception):
    """Base of everything the metastore raises on purpose."""


class NotFound(MetastoreError):
    """Something that was asked for does not exist."""


class DatasetNotFound(NotFound):
    """No dataset of this id is in the store."""

    def __init__(self, dataset_id: str) -> None:
        super().__init__(f"Dataset {dataset_id!r} is not in the metastore")
        self.dataset_id = dataset_id


class RevisionNotFound(NotFound):
    """The reference names no revision of the dataset."""

    def __init__(self, dataset_id: str, ref: str) -> None:
        super().__init__(f"Dataset {dataset_id!r} has no revision {ref!r}")
        self.dataset_id = dataset_id
        self.ref = ref


class TagNotFound(NotFound):
    """The dataset has no tag of this name."""

    def __init__(self, dataset_id: str, tag: str) -> None:
        super().__init__(f"Dataset {dataset_id!r} has no tag {tag!r}")
        self.dataset_id = dataset_id
        self.tag = tag


class ResourceNotFound(NotFound):
    """The revision has no such resource."""

    def __init__(self, dataset_id: str, resource: str, revision_id: str) -> None:
        super().__init__(
            f"Dataset {dataset_id!r} has no resource {resource!r} at revision {revision_id!r}"
        )
        self.dataset_id = dataset_id
        self.resource = resource
        self.revision_id = revision_id


class AlreadyExists(MetastoreError):
    """Something that should be created is there already."""


class DatasetExists(AlreadyExists):
    """A dataset of this id is in the store already."""

    def __init__(self, dataset_id: str) -> None:
        super().__init__(f"Dataset {dataset_id!r} is in the metastore already")
        self.dataset_id = dataset_id


class TagExists(AlreadyExists):
    """The dataset has a tag of this name already."""

    def __init__(self, dataset_id: str, tag: str) -> None:
        super().__init__(f"Dataset {dataset_id!r} has a tag {tag!r} already")
        self.dataset_id = dataset_id
        self.tag = tag


class Conflict(MetastoreError):
    """The dataset's head is not the one that the writer built upon.

    ``head`` is the real head's revision id.
    """

    def __init__(self, dataset_id: str, *, expected: str, head: str) -> None:
        super().__init__(
            f"Dataset {dataset_id!r} has moved on: its head is {head!r}, not {expected!r}; "
            "read it again and repeat the change"
        )
        self.dataset_id = dataset_id
        self.expected = expected
        self.head = head


class InvalidName(MetastoreError):
    """A dataset id, tag name or file path that no backend may be asked to store."""

    def __init__(self, kind: str, name: str, reason: str) -> None:
        super().__init__(f"Invalid {kind} {_shortened(name)}: {reason}")
        self.kind = kind
        self.name = name
        self.reason = reason


class InvalidRef(MetastoreError):
    """Text that can't be a reference to a revision."""

    def __init__(self, ref: str, reason: str) -> None:
        super().__init__(f"Invalid revision reference {_shortened(ref)}: {reason}")
        self.ref = ref
        self.reason = reason


class AmbiguousRef(InvalidRef):
    """A prefix that several revisions share; ``candidates`` are their ids."""

    def __init__(self, ref: str, candidates: tuple[str, ...]) -> None:
        super().__init__(ref, f"{len(candidates)} revisions start so; give more characters")
        self.candidates = candidates


class InvalidSnapshot(MetastoreError):
    """A snapshot that can't be stored, for example since it is no JSON."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"Invalid snapshot: {reason}")
        self.reason = reason


class NotSupported(MetastoreError):
    """The backend does not declare the capability that the operation needs."""

    def __init__(self, backend: str, operation: str) -> None:
        super().__init__(f"The {backend!r} backend does not support {operation!r}")
        self.backend = backend
        self.operation = operation


class InvalidOptions(MetastoreError):
    """A backend type that is not registered, or options that it does not take."""

    def __init__(self, backend: str, reason: str) -> None:
        super().__init__(f"Metastore backend {backend!r}: {reason}")
        self.backend = backend
        self.reason = reason


class BackendUnavailable(MetastoreError):
    """The storage can't be reached or written now; the same call may succeed later."""

    def __init__(self, backend: str, reason: str) -> None:
        super().__init__(f"The {backend!r} backend is not available: {reason}")
        self.backend = backend
        self.reason = reason


class CorruptStore(MetastoreError):
    """What is stored can't be read back; it needs an operator's hand."""

    def __init__(self, dataset_id: str, reason: str) -> None:
        super().__init__(f"The stored history of dataset {dataset_id!r} is damaged: {reason}")
        self.dataset_id = dataset_id
        self.reason = reason


def _shortened(text: str, limit: int = 80) -> str:
    return repr(text if len(text) <= limit else text[:limit] + "…")
