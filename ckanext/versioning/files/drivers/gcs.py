"""A bucket of Google Cloud Storage, upon file-keeper's ``gcs`` storage.

An object appears when its upload is complete, so it is whole or not there.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import file_keeper as fk
from file_keeper.default.adapters.gcs import GoogleCloudStorage
from google.api_core.exceptions import GoogleAPIError
from google.auth.credentials import Signing
from google.auth.exceptions import GoogleAuthError
from google.cloud.storage.retry import DEFAULT_RETRY

from . import DAMAGED, Stored, Stream, attachment, is_blob
from .checked import checked

CHUNK = 1 << 20
# The default keeps a request waiting for two minutes when the storage is away; a drain comes back.
RETRY = DEFAULT_RETRY.with_timeout(10.0)


class GcsDriver:
    """Blobs as objects."""

    errors: tuple[type[Exception], ...] = (GoogleAPIError, GoogleAuthError, OSError)

    def __init__(self, settings: dict[str, Any]) -> None:
        self._storage = GoogleCloudStorage(settings)
        self._bucket: Any = self._storage.settings.bucket

    def store(self, location: str, source: Path, sha256: str, size: int) -> None:
        with checked(source, sha256, size) as file:
            self._object(location).upload_from_file(file, size=size, retry=RETRY)

    def stat(self, location: str) -> Stored | None:
        found = self._bucket.get_blob(self._name(location), retry=RETRY)
        if found is None:
            return None
        return Stored(location, found.size, found.updated, DAMAGED in (found.metadata or {}))

    def open(self, location: str, start: int) -> Stream | None:
        found = self._bucket.get_blob(self._name(location), retry=RETRY)
        if found is None:
            return None
        stream: Any = found.open("rb", chunk_size=CHUNK, retry=RETRY)
        stream.seek(start)
        return stream  # type: ignore[no-any-return]

    def touch(self, location: str) -> None:
        self._describe(location, {"put": datetime.now(timezone.utc).isoformat()})

    def set_aside(self, location: str) -> None:
        self._describe(location, {DAMAGED: "true"})

    def remove(self, location: str) -> bool:
        found = self._bucket.get_blob(self._name(location), retry=RETRY)
        if found is None:
            return False
        found.delete(retry=RETRY)
        return True

    def scan(self) -> Iterator[Stored]:
        prefix = f"{self._storage.settings.path}/" if self._storage.settings.path else ""
        client = self._storage.settings.client
        for found in client.list_blobs(self._bucket, prefix=prefix, retry=RETRY):
            location = found.name.removeprefix(prefix)
            if is_blob(location):
                yield Stored(location, found.size, found.updated)

    def sweep(self, before: datetime, *, dry_run: bool) -> int:
        return 0

    def local_path(self, location: str) -> Path | None:
        return None

    def signed_url(
        self, location: str, *, filename: str, content_type: str, seconds: int
    ) -> str | None:
        can_sign = isinstance(self._storage.settings.credentials, Signing)
        if not can_sign or not self._storage.supports(fk.Capability.SIGNED):
            return None
        url: str = self._object(location).generate_signed_url(
            version="v4",
            expiration=timedelta(seconds=seconds),
            response_disposition=attachment(filename),
            response_type=content_type,
        )
        return url

    def _describe(self, location: str, metadata: dict[str, str]) -> None:
        found = self._object(location)
        found.metadata = metadata
        found.patch(retry=RETRY)

    def _object(self, location: str) -> Any:
        return self._bucket.blob(self._name(location))

    def _name(self, location: str) -> str:
        return str(self._storage.full_path(fk.Location(location)))
