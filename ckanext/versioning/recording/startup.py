"""What must hold before CKAN may serve with the plugin."""

from __future__ import annotations

import logging

from ..metastore import BackendUnavailable
from .metastore import get_metastore

log = logging.getLogger(__name__)


def check() -> None:
    """Make the metastore, so that a wrong setting stops the start and not the first write.

    :raises CkanConfigurationException: if the settings name no usable backend.
    """
    try:
        get_metastore()
    except BackendUnavailable as error:  # may pass; changes wait in the outbox until then
        log.error("The metastore can't be reached; changes will wait: %s", error)
