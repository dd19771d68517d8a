"""A container of Azure Blob Storage, upon file-keeper's ``azure_blob`` storage.

A blob of Azure's appears when its upload is complete, so it is whole or not there.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import file_keeper as fk
from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.storage.blob import BlobSasPermissions, BlobServiceClient, generate_blob_sas
from file_keeper.default.adapters.azure_blob import AzureBlobStorage

from . import DAMAGED, Stored, Stream, attachment, is_blob
from .checked import checked

PUBLIC = "https://{account_name}.blob.core.windows.net"


class AzureDriver:
    """Blobs as what Azure calls so."""

    errors: tuple[type[Exception], ...] = (AzureError, OSError)

    def __init__(self, settings: dict[str, Any]) -> None:
        if "account_key" in settings:
            settings = {**settings, "client": _client(**settings)}
        self._storage = AzureBlobStorage(settings)
        self._container: Any = self._storage.settings.container

    def store(self, location: str, source: Path, sha256: str, size: int) -> None:
        with checked(source, sha256, size) as file:
            self._client(location).upload_blob(file, length=size, overwrite=True)

    def stat(self, location: str) -> Stored | None:
        try:
            found = self._client(location).get_blob_properties()
        except ResourceNotFoundError:
            return None
        return Stored(location, found.size, found.last_modified, DAMAGED in found.metadata)

    def open(self, location: str, start: int) -> Stream | None:
        try:
            return _Downloading(self._client(location).download_blob(offset=start))
        except ResourceNotFoundError:
            return None

    def touch(self, location: str) -> None:
        put = datetime.now(timezone.utc).isoformat()
        self._client(location).set_blob_metadata({"put": put})

    def set_aside(self, location: str) -> None:
        self._client(location).set_blob_metadata({DAMAGED: "true"})

    def remove(self, location: str) -> bool:
        try:
            self._client(location).delete_blob()
        except ResourceNotFoundError:
            return False
        return True

    def scan(self) -> Iterator[Stored]:
        prefix = f"{self._storage.settings.path}/" if self._storage.settings.path else ""
        for found in self._container.list_blobs(name_starts_with=prefix):
            location = found.name.removeprefix(prefix)
            if is_blob(location):
                yield Stored(location, found.size, found.last_modified)

    def sweep(self, before: datetime, *, dry_run: bool) -> int:
        return 0

    def local_path(self, location: str) -> Path | None:
        return None

    def signed_url(
        self, location: str, *, filename: str, content_type: str, seconds: int
    ) -> str | None:
        key = self._storage.settings.account_key
        if not key or not self._storage.supports(fk.Capability.SIGNED):
            return None
        client = self._client(location)
        signature = generate_blob_sas(
            account_name=client.account_name,
            account_key=key,
            container_name=client.container_name,
            blob_name=client.blob_name,
            permission=BlobSasPermissions(read=True),
            expiry=datetime.now(timezone.utc) + timedelta(seconds=seconds),
            content_disposition=attachment(filename),
            content_type=content_type,
        )
        return f"{client.url}?{signature}"

    def _client(self, location: str) -> Any:
        return self._container.get_blob_client(self._storage.full_path(fk.Location(location)))


def _client(
    account_name: str, account_key: str, account_url: str = PUBLIC, **_others: Any
) -> BlobServiceClient:
    """Return a client as file-keeper's, that gives up while somebody still waits."""
    return BlobServiceClient(
        account_url.format(account_name=account_name),
        {"account_name": account_name, "account_key": account_key},
        retry_total=1,
        connection_timeout=5,
        read_timeout=60,
    )


class _Downloading:
    """A download as a stream; it ends with the connection, which the client looks after."""

    def __init__(self, download: Any) -> None:
        self._download = download

    def read(self, size: int, /) -> bytes:
        data: bytes = self._download.read(size)
        return data

    def close(self) -> None:
        """Nothing: Azure's client has no way to end a download early."""
