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


# By code, why a name or a reference is invalid; callers with other words go by the code.
REASONS = {
    "ambiguous": "{count} revisions start so; give more characters",
    "at_sign": "'@' alone and '@{{' have a meaning of their own in git",
    "bad_end": "ends with '.', '.git' or '.lock'",
    "before_first": "the first revision was made later, at {time}",
    "characters": "only lower-case letters a-z, digits, '.', '_' and '-' are allowed, "
    "and it must start with a letter or digit",
    "contains": "contains {text!r}",
    "control_character": "contains a control character",
    "device": "is the name of a device on Windows",
    "empty": "is empty",
    "empty_part": "has an empty part",
    "future": "it is in the future",
    "head": "'head' means the newest revision",
    "invisible_character": "contains a blank or an invisible character",
    "is_file": "{path!r} is a file",
    "like_id": "looks like the id of a revision",
    "no_form": "it is no revision id, tag name, 'head', 'head~N' or ISO 8601 date or time",
    "not_nfc": "is not in Unicode's composed form (NFC)",
    "not_text": "is not text",
    "not_unicode": "is not valid Unicode",
    "part_device": "a part is the name of a device on Windows",
    "part_edge": "a part starts with a dot or blank, or ends with one",
    "part_ends": "a part ends with {text!r}",
    "part_too_long": "a part is longer than {limit} bytes",
    "starts": "starts with {text!r}",
    "too_long": "longer than {limit} characters",
    "too_many_bytes": "longer than {limit} bytes",
}


class InvalidName(MetastoreError):
    """A dataset id, tag name or file path that no backend may be asked to store.

    ``code`` is one of ``REASONS``, ``arguments`` are what its text names.
    """

    def __init__(self, kind: str, name: str, code: str, **arguments: str | int) -> None:
        self.kind = kind
        self.name = name
        self.code = code
        self.arguments = arguments
        self.reason = REASONS[code].format(**arguments)
        super().__init__(f"Invalid {kind} {_shortened(name)}: {self.reason}")


class InvalidRef(MetastoreError):
    """Text that can't be a reference to a revision; ``code`` as in ``InvalidName``."""

    def __init__(self, ref: str, code: str, **arguments: str | int) -> None:
        self.ref = ref
        self.code = code
        self.arguments = arguments
        self.reason = REASONS[code].format(**arguments)
        super().__init__(f"Invalid revision reference {_shortened(ref)}: {self.reason}")


class AmbiguousRef(InvalidRef):
    """A prefix that several revisions share; ``candidates`` are their ids."""

    def __init__(self, ref: str, candidates: tuple[str, ...]) -> None:
        super().__init__(ref, "ambiguous", count=len(candidates))
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
