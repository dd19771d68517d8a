"""The errors of the blob store: one tree, each error carrying its data as attributes."""

from __future__ import annotations


class BlobError(Exception):
    """Base of everything the blob store raises on purpose."""


class BlobNotFound(BlobError):
    """The store has no such blob."""

    def __init__(self, sha256: str) -> None:
        super().__init__(f"The blob store has no file {sha256}")
        self.sha256 = sha256


class BlobCorrupt(BlobError):
    """The bytes are not those that the name promises."""

    def __init__(self, sha256: str, reason: str) -> None:
        super().__init__(f"The file {sha256} is damaged: {reason}")
        self.sha256 = sha256
        self.reason = reason


class BlobStoreUnavailable(BlobError):
    """The storage can't be reached or refuses; it may pass."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The blob store is unavailable: {reason}")
        self.reason = reason


class StagedFileLost(BlobError):
    """Captured bytes are gone before the blob store had them: only a power cut does that."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            f"The file {name} is lost: {reason}. `ckan versioning sync --accept-loss` goes on "
            "without it"
        )
        self.name = name
        self.reason = reason
