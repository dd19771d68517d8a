"""A bucket of S3 or of what speaks its language, upon file-keeper's ``s3`` storage.

An object appears when its upload is complete, so it is whole or not there.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import file_keeper as fk
from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import BotoCoreError, ClientError
from file_keeper.default.adapters.s3 import S3Storage

from . import DAMAGED, Stored, Stream, attachment, is_blob
from .checked import checked

MISSING = {"404", "NoSuchKey", "NotFound"}
CONFIG = {
    # boto3's default for links is the old signature, which few storages still accept
    "signature_version": "s3v4",
    # Its defaults keep a request waiting for minutes when the storage is away; a drain comes back.
    "connect_timeout": 5,
    "read_timeout": 60,
    "retries": {"mode": "standard", "total_max_attempts": 2},
}
PART = 8 << 20
MOST_PARTS = 10_000


class S3Driver:
    """Blobs as objects."""

    errors: tuple[type[Exception], ...] = (BotoCoreError, ClientError, Boto3Error, OSError)

    def __init__(self, settings: dict[str, Any]) -> None:
        config = {**CONFIG, **settings.get("config", {})}
        self._storage = S3Storage({**settings, "config": config})
        self._client: Any = self._storage.settings.client
        self._bucket = self._storage.settings.bucket

    def store(self, location: str, source: Path, sha256: str, size: int) -> None:
        with checked(source, sha256, size) as file:
            self._client.upload_fileobj(file, **self._object(location), Config=_parts(size))

    def stat(self, location: str) -> Stored | None:
        try:
            found = self._client.head_object(**self._object(location))
        except ClientError as error:
            if _is_missing(error):
                return None
            raise
        is_damaged = DAMAGED in found["Metadata"]
        return Stored(location, found["ContentLength"], found["LastModified"], is_damaged)

    def open(self, location: str, start: int) -> Stream | None:
        wanted = {"Range": f"bytes={start}-"} if start else {}
        try:
            stream: Stream = self._client.get_object(**self._object(location), **wanted)["Body"]
        except ClientError as error:
            if _is_missing(error):
                return None
            raise
        return stream

    def touch(self, location: str) -> None:
        self._describe(location, {})

    def set_aside(self, location: str) -> None:
        self._describe(location, {DAMAGED: "true"})

    def remove(self, location: str) -> bool:
        was_there = self.stat(location) is not None
        self._client.delete_object(**self._object(location))
        return was_there

    def scan(self) -> Iterator[Stored]:
        prefix = f"{self._storage.settings.path}/" if self._storage.settings.path else ""
        pages = self._client.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self._bucket, Prefix=prefix):
            for found in page.get("Contents", ()):
                location = found["Key"].removeprefix(prefix)
                if is_blob(location):
                    yield Stored(location, found["Size"], found["LastModified"])

    def sweep(self, before: datetime, *, dry_run: bool) -> int:
        return 0

    def local_path(self, location: str) -> Path | None:
        return None

    def signed_url(
        self, location: str, *, filename: str, content_type: str, seconds: int
    ) -> str | None:
        if not self._storage.supports(fk.Capability.SIGNED):  # as the operator may configure
            return None
        answer = {
            "ResponseContentType": content_type,
            "ResponseContentDisposition": attachment(filename),
        }
        url: str = self._client.generate_presigned_url(
            "get_object", Params={**self._object(location), **answer}, ExpiresIn=seconds
        )
        return url

    def _describe(self, location: str, metadata: dict[str, str]) -> None:
        # S3 knows no other way; the copy is made in the storage
        place = self._object(location)
        options = {"MetadataDirective": "REPLACE", "Metadata": metadata}
        self._client.copy(place, **place, ExtraArgs=options)

    def _object(self, location: str) -> dict[str, str]:
        return {
            "Bucket": self._bucket,
            "Key": self._storage.full_path(fk.Location(location)),
        }


def _parts(size: int) -> TransferConfig:
    """Return how a file is cut for its upload: few parts in memory, not more than S3 takes."""
    part = max(PART, -(-size // MOST_PARTS))
    config = TransferConfig(multipart_threshold=part, multipart_chunksize=part, max_concurrency=2)
    config.max_in_memory_upload_chunks = 3
    return config


def _is_missing(error: ClientError) -> bool:
    return error.response.get("Error", {}).get("Code") in MISSING
