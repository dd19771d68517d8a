"""The process's metastore, made from CKAN's configuration."""

from __future__ import annotations

import json
import threading

from ckan.exceptions import CkanConfigurationException

from .. import config
from ..metastore import Capability, InvalidOptions, MetaStore, create_metastore
from .content import canonical

_lock = threading.Lock()
_stores: dict[str, MetaStore] = {}


def get_metastore() -> MetaStore:
    """Return the configured metastore; one per process and configuration.

    :raises CkanConfigurationException: if the settings name no usable backend.
    :raises BackendUnavailable: if the storage can't be reached.
    """
    type_, options = config.backend_type(), config.backend_options()
    key = json.dumps([type_, options], sort_keys=True, default=str)
    with _lock:
        if key not in _stores:
            try:
                _stores[key] = create_metastore(type_, options, canonical=canonical)
            except InvalidOptions as error:
                raise CkanConfigurationException(
                    f"{config.BACKEND_TYPE} / {config.BACKEND_CONFIG}: {error}"
                ) from error
        return _stores[key]


def drains_inline() -> bool:
    """Whether accepted changes go to the backend within the request."""
    mode = config.drain()
    if mode == "auto":
        return Capability.LOCAL in get_metastore().backend.capabilities
    return mode == "inline"
