"""The process's blob store, made from CKAN's configuration."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import file_keeper as fk
import sqlalchemy as sa
from ckan.exceptions import CkanConfigurationException
from ckan.model import meta

from .. import config
from . import drivers
from .blobs import BlobStore
from .drivers import Driver
from .drivers.other import OtherDriver
from .errors import BlobStoreUnavailable

# any number that is not another plugin's
_LOCK = sa.text("SELECT pg_advisory_xact_lock(7094831226580)")

# by file-keeper's name of the storage: module, class, and the extra that brings its library
_DRIVERS = {
    "file_keeper:azure_blob": ("azure", "AzureDriver", "azure"),
    "file_keeper:fs": ("local", "LocalDriver", ""),
    "file_keeper:gcs": ("gcs", "GcsDriver", "gcs"),
    "file_keeper:s3": ("s3", "S3Driver", "s3"),
}

_lock = threading.Lock()
_stores: dict[str, BlobStore] = {}


def _forget() -> None:
    """Let a forked process make its own: two on one connection get each other's answers."""
    global _lock, _stores
    _lock, _stores = threading.Lock(), {}


os.register_at_fork(after_in_child=_forget)


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
    driver = _driver(settings["type"])
    try:
        return driver(settings)
    except (fk.exc.UnknownAdapterError, fk.exc.MissingStorageConfigurationError) as error:
        raise CkanConfigurationException(f"{config.BLOB_STORAGE}: {error}") from error
    except fk.exc.StorageError as error:  # no such bucket yet, for one
        raise BlobStoreUnavailable(str(error)) from error
    except driver.errors as error:
        raise BlobStoreUnavailable(str(error)) from error


def _driver(type_: str) -> type[Driver]:
    if type_ not in _DRIVERS:
        return OtherDriver
    module, name, extra = _DRIVERS[type_]
    try:
        found = import_module(f"{drivers.__name__}.{module}")
    except ImportError as error:
        raise CkanConfigurationException(
            f"{config.BLOB_STORAGE}: {type_} needs ckanext-versioning[{extra}]: {error}"
        ) from error
    driver: type[Driver] = getattr(found, name)
    return driver


@contextmanager
def _guard() -> Iterator[None]:
    """A lock that all web servers share: CKAN's database has one."""
    assert meta.engine is not None, "CKAN's database is not configured"
    with meta.engine.begin() as connection:
        connection.execute(_LOCK)
        yield
