"""Uploads as CKAN makes them, but undone with the transaction that they belong to.

CKAN takes the first uploader that a plugin offers, so one of ours might never be asked; wrapping
what CKAN found works for all, and they keep their class.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any

import ckan.plugins as p
from ckan import model
from ckan.lib import uploader as ckan_uploader

from .. import config
from . import journal, live, rescue
from .live import LiveFile
from .undo import Write, recover_resource

log = logging.getLogger(__name__)

Upload = Callable[..., Any]

_OURS = "versioning_wraps"  # attribute of a wrapped function


def wrap() -> None:
    """Make CKAN's ``get_resource_uploader`` give wrapped uploaders; harmless to repeat."""
    original = ckan_uploader.get_resource_uploader
    if hasattr(original, _OURS):
        return

    @functools.wraps(original)
    def get_resource_uploader(data_dict: dict[str, Any]) -> Any:
        uploader: Any = original(data_dict)
        if p.plugin_loaded("versioning"):
            uploader.upload = functools.partial(_upload, uploader, uploader.upload)
        return uploader

    setattr(get_resource_uploader, _OURS, original)
    ckan_uploader.get_resource_uploader = get_resource_uploader


def _upload(uploader: Any, original: Upload, id: str, *args: Any, **kwargs: Any) -> Any:
    """Upload or remove a file as CKAN does, in a way that can be undone."""
    writes = getattr(uploader, "filename", None) or getattr(uploader, "clear", None)
    file = live.find(uploader, {"id": id}) if writes else None
    if file is None:
        return original(id, *args, **kwargs)
    write = _begun(file, id)
    try:
        with file.writing():
            result = original(id, *args, **kwargs)
        if write is not None:
            write.done()
    except BaseException:
        if write is not None:
            journal.undo(model.Session, write)
        raise
    return result


def _begun(file: LiveFile, resource_id: str) -> Write | None:
    """Set the live file aside; None if that is not possible, and the portal is not strict."""
    connection = model.Session.connection()
    try:
        recover_resource(connection, file, resource_id)
        if not _has_written(resource_id):
            rescue.rescue_uncaptured(model.Session, file, resource_id)
        write = Write.begin(connection, file, resource_id)
    except Exception:  # a full disk, say: the user's upload may still work
        if config.strict():
            raise
        log.exception("The file of resource %s can't be set aside before an upload", resource_id)
        return None
    journal.add(model.Session, write)
    return write


def _has_written(resource_id: str) -> bool:
    """Whether the live file is this transaction's own."""
    steps = journal.steps(model.Session)
    return any(isinstance(step, Write) and step.resource_id == resource_id for step in steps)
