"""Which bytes belong to a dataset that is about to be committed.

The live file of each uploaded resource is compared by its signature with what was captured last.
Only another file is captured: held in the staging area, by a hard link where that is possible.
Nothing is read.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Connection

from .. import config
from . import journal, limits, records, staging, undo
from .held import HeldFile
from .live import LiveFile
from .records import Captured, Known
from .uploaders import live_file

log = logging.getLogger(__name__)

JSONObject = dict[str, Any]

# From the resource's id, its live file and the file's signature.
Capture = Callable[[str, LiveFile, str], Captured]


@dataclass(frozen=True, slots=True)
class Staging:
    """A file that goes to the staging area: a step of the journal."""

    token: str

    def undo(self) -> None:
        staging.discard(self.token)

    def forget(self) -> None:
        """Leave it there: the drain removes it."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The files of a dataset by resource, and those of them that were not captured before."""

    files: dict[str, HeldFile]
    new: tuple[HeldFile, ...]


def take(session: Any, dataset: JSONObject) -> Taken:
    """Return the files of a dataset, and hold those that are new.

    :param session: whose transaction has locked the dataset.
    :param dataset: the dataset dict.
    """

    def stage(resource_id: str, live: LiveFile, signature: str) -> Captured:
        token = staging.new_token()
        staged = staging.path(token)
        journal.add(session, Staging(token))
        live.keep(staged)
        captured = Captured(token, staged.stat().st_size)
        records.remember(session.connection(), dataset["id"], resource_id, signature, captured)
        return captured

    return _taken(session.connection(), dataset, stage)


def survey(session: Any, dataset: JSONObject) -> Taken:
    """Return what :func:`take` would, but hold nothing."""

    def measure(_resource_id: str, live: LiveFile, _signature: str) -> Captured:
        return Captured(staging.new_token(), live.size())

    return _taken(session.connection(), dataset, measure)


def live_hashes(connection: Connection, dataset: JSONObject) -> dict[str, str]:
    """Return the SHA-256 of the live files that are those that were captured last, by resource.

    :param dataset: the dataset dict.
    """
    known = records.known(connection, dataset["id"])
    hashes = {}
    for resource in dataset.get("resources") or ():
        found = known.get(resource.get("id"))
        if found is not None and found.captured.sha256 and resource.get("url_type") == "upload":
            live = live_file(resource)
            if live is not None and live.signature() == found.signature:
                hashes[resource["id"]] = found.captured.sha256
    return hashes


def _taken(connection: Connection, dataset: JSONObject, capture: Capture) -> Taken:
    resources = [item for item in dataset.get("resources") or () if item.get("id")]
    uploads = [item for item in resources if item.get("url_type") == "upload"]
    files, new = {}, []
    if uploads:
        known = records.known(connection, dataset["id"])
        for resource in uploads:
            before = known.get(resource["id"])
            found = _captured(connection, resource, before, capture)
            if found is None:
                continue
            files[resource["id"]] = file = _held(resource, found)
            if before is None or found is not before.captured:
                new.append(file)
    if config.capture_links() and len(uploads) < len(resources):
        files.update(_linked(connection, dataset["id"], resources))
    return Taken(files, tuple(new))


def _captured(
    connection: Connection, resource: JSONObject, known: Known | None, capture: Capture
) -> Captured | None:
    """Return what the live file has; None if there is no file."""
    resource_id = resource["id"]
    live = live_file(resource)
    if live is None:
        log.warning("The uploader of resource %s is of no known kind", resource_id)
        return None
    if known is not None and limits.fits(known.captured.size) and not known.captured.kept:
        known = None  # the limit was raised
    if known is not None and live.signature() == known.signature:
        return known.captured
    undo.recover_resource(connection, live, resource_id)
    signature = live.signature()
    if signature is None or live.identity() is None:
        return None
    if known is not None and signature == known.signature:
        return known.captured
    return capture(resource_id, live, signature)


def _held(resource: JSONObject, found: Captured) -> HeldFile:
    name = str(resource.get("url") or "").rpartition("/")[2]
    return HeldFile(name, found.size, found.token, found.sha256, found.kept)


def _linked(
    connection: Connection, dataset_id: str, resources: list[JSONObject]
) -> dict[str, HeldFile]:
    """Return what was fetched from the links that resources still have."""
    links = records.links(connection, dataset_id)
    urls = {item["id"]: item.get("url") for item in resources if item.get("url_type") != "upload"}
    return {
        resource_id: HeldFile(link.name, link.size, sha256=link.sha256)
        for resource_id, link in links.items()
        if urls.get(resource_id) == link.url
    }
