"""What must hold before CKAN may serve with the plugin."""

from __future__ import annotations

import logging

from .. import config
from ..files.errors import BlobStoreUnavailable
from ..files.storage import make_driver
from ..metastore import BackendUnavailable
from .metastore import get_metastore

log = logging.getLogger(__name__)


def check() -> None:
    """Make metastore and storage: a wrong setting stops the start and not the first write.

    :raises CkanConfigurationException: if the settings name no usable backend or storage.
    """
    try:
        get_metastore()
    except BackendUnavailable as error:  # may pass; changes wait in the outbox until then
        log.error("The metastore can't be reached; changes will wait: %s", error)
    if config.has_storage_path():  # else there are no uploads
        try:
            make_driver(config.blob_storage())  # not kept: web servers fork later
        except BlobStoreUnavailable as error:
            log.error("The blob store can't be reached; changes with files will wait: %s", error)
