"""The process's blob store, made from CKAN's configuration."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import file_keeper as fk
import sqlalchemy as sa
from ckan.exceptions import CkanConfigurationException
from ckan.model import meta

from .. import config
from .blobs import BlobStore
from .drivers import Driver
from .drivers.local import LocalDriver
from .drivers.other import OtherDriver
from .errors import BlobStoreUnavailable

# any number that is not another plugin's
_LOCK = sa.text("SELECT pg_advisory_xact_lock(7094831226580)")

_lock = threading.Lock()
_stores: dict[str, BlobStore] = {}


def get_blob_store() -> BlobStore:
    """Return the configured blob store; one per process and configuration.

    :raises CkanConfigurationException: if the settings name no usable storage.
    :raises BlobStoreUnavailable: if the storage can't be reached.
    """
    settings = config.blob_storage()
    key = json.dumps(settings, sort_keys=True, default=str)
    with _lock:
        if key not in _stores:
            _stores[key] = BlobStore(make_driver(settings), _guard)
        return _stores[key]


def make_driver(settings: dict[str, Any]) -> Driver:
    """Return the storage of file-keeper's settings.

    :raises CkanConfigurationException: if they name no usable storage.
    :raises BlobStoreUnavailable: if the storage can't be reached.
    """
    try:
        if settings["type"] == "file_keeper:fs":
            return LocalDriver(settings)
        if settings["type"] == "file_keeper:s3":
            return _s3(settings)
        return OtherDriver(settings)
    except (fk.exc.UnknownAdapterError, fk.exc.MissingStorageConfigurationError) as error:
        raise CkanConfigurationException(f"{config.BLOB_STORAGE}: {error}") from error
    except (OSError, fk.exc.StorageError) as error:  # no such bucket yet, for one
        raise BlobStoreUnavailable(str(error)) from error


def _s3(settings: dict[str, Any]) -> Driver:
    try:
        from botocore.exceptions import BotoCoreError

        from .drivers.s3 import S3Driver
    except ImportError as error:
        raise CkanConfigurationException(
            f"{config.BLOB_STORAGE}: file_keeper:s3 needs ckanext-versioning[s3]: {error}"
        ) from error
    try:
        return S3Driver(settings)
    except BotoCoreError as error:
        raise BlobStoreUnavailable(str(error)) from error


@contextmanager
def _guard() -> Iterator[None]:
    """A lock that all web servers share: CKAN's database has one."""
    assert meta.engine is not None, "CKAN's database is not configured"
    with meta.engine.begin() as connection:
        connection.execute(_LOCK)
        yield
