"""Keep the files behind links: fetched in background jobs, recorded like uploads."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from redis.exceptions import RedisError

from .. import config
from ..files import limits as room
from ..files import staging
from ..files.errors import BlobError
from ..files.links import state
from ..files.links.errors import LinkError
from ..files.links.fetching import Fetched, Limits, Validators, fetch
from ..files.links.state import Known
from ..files.storage import get_blob_store
from .actor import Actor
from .capture import capture
from .drain import drain_dataset
from .engine import engine

log = logging.getLogger(__name__)

NAMED = 5  # links, in a message
NO_LIMIT = -1  # of a job's time: each link has its own


class Outcome(Enum):
    """What became of a link."""

    FETCHED = "fetched"
    UNCHANGED = "unchanged"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Link:
    """A resource that leads elsewhere."""

    resource_id: str
    name: str
    url: str

    @property
    def address(self) -> str:
        """The URL as CKAN shows it."""
        return self.url if "://" in self.url else f"http://{self.url}"


@dataclass(frozen=True, slots=True)
class Captured:
    """What became of a link; ``reason`` says why it failed, if it did."""

    link: Link
    outcome: Outcome
    reason: str = ""


def fetch_soon(dataset_ids: Iterable[str]) -> None:
    """Have jobs fetch the new links of datasets that were just changed, if that is configured.

    Never raises: CKAN has committed. What is missed is up to ``ckan versioning capture-links``.
    """
    if not config.capture_links():
        return
    for dataset_id in dataset_ids:
        try:
            tk.enqueue_job(
                capture_new_links,
                [dataset_id],
                title="versioning: fetch links",
                rq_kwargs={"timeout": NO_LIMIT},
            )
        except RedisError as error:
            log.error("The links of dataset %s are not fetched: %s", dataset_id, error)


def capture_new_links(dataset_id: str) -> None:
    """Fetch the links of a dataset that were not fetched before, and record what they lead to."""
    for captured in capture_links(dataset_id, only_new=True):
        if captured.outcome is Outcome.FAILED:
            log.warning("The link %s is not kept: %s", captured.link.address, captured.reason)


def capture_links(dataset_id: str, *, only_new: bool = False) -> list[Captured]:
    """Fetch the links of a dataset, and record what they lead to if that has changed.

    :param dataset_id: the dataset's id.
    :param only_new: leave alone what was fetched before.
    :returns: what became of each link that was tried.
    """
    with engine().connect() as connection:
        known = state.known(connection, dataset_id)
    found = []
    for link in _links(dataset_id):
        before = known.get(link.resource_id)
        if before is not None and before.url != link.url:
            before = None
        if only_new and before is not None and before.error is None:
            continue
        found.append(_capture_link(link, before))
    fetched = [captured.link for captured in found if captured.outcome is Outcome.FETCHED]
    if fetched:
        _record(dataset_id, fetched)
    return found


def _links(dataset_id: str) -> list[Link]:
    """Return the links of a dataset that others can see, in its order."""
    resources, packages = model.resource_table, model.package_table
    query = (
        sa.select(resources.c.id, resources.c.name, resources.c.url)
        .join(packages, packages.c.id == resources.c.package_id)
        .where(
            packages.c.id == dataset_id,
            packages.c.state == "active",
            resources.c.state == "active",
            sa.func.coalesce(resources.c.url_type, "").in_(["", "link"]),
            resources.c.url != "",
        )
        .order_by(resources.c.position)
    )
    with engine().connect() as connection:
        links = [Link(row.id, row.name or "", row.url) for row in connection.execute(query)]
    return [link for link in links if link.address.lower().startswith(("http://", "https://"))]


def _capture_link(link: Link, before: Known | None) -> Captured:
    try:
        found = _fetched(link, before)
    except (LinkError, BlobError) as error:
        reason = str(error)
        with engine().begin() as connection:
            state.set_failed(connection, link.resource_id, link.url, reason)
        return Captured(link, Outcome.FAILED, reason)
    with engine().begin() as connection:
        if found is None:
            state.set_unchanged(connection, link.resource_id, link.url)
        else:
            state.set_fetched(connection, link.resource_id, link.url, found)
    changed = found is not None and (before is None or before.sha256 != found.sha256)
    return Captured(link, Outcome.FETCHED if changed else Outcome.UNCHANGED)


def _fetched(link: Link, before: Known | None) -> Fetched | None:
    """Fetch a link's file into the blob store; None if it is the one that is there."""
    store = get_blob_store()
    is_there = before is not None and before.sha256 and store.stat(before.sha256) is not None
    validators = before.validators if before is not None and is_there else Validators()
    token = staging.new_token()
    target = staging.path(token)  # the blob store links from there
    try:
        found = fetch(link.address, target, _limits(), validators)
        if found is not None:
            if not room.allow(found.sha256, found.size):
                raise LinkError("it is larger than what this portal keeps")
            if store.put(target, found.sha256, found.size):
                room.count(store, found.size)
    finally:
        staging.discard(token)
    return found


def _limits() -> Limits:
    return Limits(
        size=config.link_max_size(),
        seconds=config.link_timeout(),
        allowed_hosts=config.link_allowed_hosts(),
    )


def _record(dataset_id: str, links: list[Link]) -> None:
    names = ", ".join(link.name or link.address for link in links[:NAMED])
    if len(links) > NAMED:
        names += f" and {len(links) - NAMED} more"
    what = "file behind the link of" if len(links) == 1 else "files behind the links of"
    try:
        capture(model.Session, dataset_id, Actor(message=f"Keep the {what} {names}"))
        model.Session.commit()
    finally:
        model.Session.remove()
    drain_dataset(dataset_id)
