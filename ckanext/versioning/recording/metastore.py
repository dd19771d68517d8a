"""The process's metastore, made from CKAN's configuration."""

from __future__ import annotations

import hashlib
import json
import threading

from ckan.exceptions import CkanConfigurationException

from .. import config
from ..metastore import Capability, InvalidName, InvalidOptions, MetaStore, create_metastore
from ..metastore.names import check_dataset_id
from .content import canonical

_lock = threading.Lock()
_stores: dict[str, MetaStore] = {}


def get_metastore() -> MetaStore:
    """Return the configured metastore; one per process and configuration.

    :raises CkanConfigurationException: if the settings name no usable backend.
    :raises BackendUnavailable: if the storage can't be reached.
    """
    type_, options = config.backend_type(), config.backend_options()
    lfs_server_url = config.lfs_server_url()
    key = json.dumps([type_, options, lfs_server_url], sort_keys=True, default=str)
    with _lock:
        if key not in _stores:
            try:
                _stores[key] = create_metastore(
                    type_, options, canonical=canonical, lfs_server_url=lfs_server_url
                )
            except InvalidOptions as error:
                raise CkanConfigurationException(
                    f"{config.BACKEND_TYPE} / {config.BACKEND_CONFIG}: {error}"
                ) from error
        return _stores[key]


def metastore_id(dataset_id: str) -> str:
    """Return the id under which the metastore has a dataset of CKAN's.

    That is its own id, as long as a metastore can take it. CKAN itself makes lower-case UUIDs, but
    lets sysadmins and harvesters give a dataset any id.
    """
    try:
        return check_dataset_id(dataset_id)
    except InvalidName:
        return f"id-{hashlib.sha256(dataset_id.encode()).hexdigest()}"


def drains_inline() -> bool:
    """Whether accepted changes go to the backend within the request."""
    mode = config.drain()
    if mode == "auto":
        return Capability.LOCAL in get_metastore().backend.capabilities
    return mode == "inline"
