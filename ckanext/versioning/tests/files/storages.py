"""Real storages to test with."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends
from moto.server import ThreadedMotoServer

from ckanext.versioning.files.blobs import BlobStore
from ckanext.versioning.files.storage import make_driver


@contextmanager
def s3_server() -> Iterator[str]:
    """An S3 that answers HTTP requests at the address that it yields."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        _, port = server.get_host_and_port()
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop()


def s3_settings(endpoint: str) -> dict[str, Any]:
    """file-keeper's settings of a new bucket."""
    return {
        "type": "file_keeper:s3",
        "bucket": f"bucket-{uuid.uuid4()}",
        "path": "deep/down",
        "key": "test",
        "secret": "test",
        "region": "us-east-1",
        "endpoint": endpoint,
        "initialize": True,
    }


def make_store(settings: dict[str, Any], **options: Any) -> BlobStore:
    return BlobStore(make_driver(settings), **options)


def make_old(store: BlobStore, sha256: str) -> None:
    """Let a blob on our S3 be from last year; a local file's ctime can't be set."""
    driver: Any = store._driver
    (backend,) = s3_backends[DEFAULT_ACCOUNT_ID].values()
    place = driver._object(f"{sha256[:2]}/{sha256[2:4]}/{sha256}")
    stored = backend.buckets[place["Bucket"]].keys[place["Key"]]
    stored.last_modified -= timedelta(days=365)


def source(folder: Path, data: bytes) -> tuple[Path, str, int]:
    """A file of these bytes: what ``BlobStore.put`` wants."""
    path = folder / uuid.uuid4().hex
    path.write_bytes(data)
    return path, hashlib.sha256(data).hexdigest(), len(data)
