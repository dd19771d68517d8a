"""Memento (RFC 7089): a dataset as it was at a time, for whoever can ask by header."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Response
from werkzeug.http import parse_date

from ..logic.dictization import iso
from .blueprint import versioning
from .frame import dataset_frame
from .links import (
    Link,
    address,
    dataset_address,
    header,
    memento_datetime,
    memento_links,
    revision_address,
)

PAGE = 500
LINK_FORMAT = "application/link-format"


@versioning.route("/dataset/<id>/timegate")
def timegate(id: str) -> Response:
    """Go to the dataset as it was at the time of the header ``Accept-Datetime``, or newest."""
    dataset = dataset_frame(id)["pkg"]
    asked = {"revision_ref": "head"}
    accepted = tk.request.headers.get("Accept-Datetime")
    if accepted is not None:
        asked = {"time": _last_moment(accepted)}
    neighbours = tk.get_action("dataset_revision_neighbours")(
        {}, {"dataset": dataset["id"], **asked}
    )
    links = [
        Link(dataset_address(dataset), "original"),
        Link(address("versioning.timemap", id=dataset["id"]), "timemap", type=LINK_FORMAT),
        *memento_links(dataset, neighbours),
    ]
    response = Response(status=302, content_type="text/plain; charset=utf-8")
    response.headers["Location"] = revision_address(dataset["id"], neighbours["revision"]["id"])
    response.headers["Link"] = header(links)
    response.vary.add("Accept-Datetime")
    return response


@versioning.route("/dataset/<id>/timemap")
def timemap(id: str) -> Response:
    """List the revisions with their times; of a long history the newest, and where the rest is."""
    dataset = dataset_frame(id)["pkg"]
    before = tk.request.args.get("before")
    asked: dict[str, Any] = {"dataset": dataset["id"], "limit": PAGE + 1}
    if before:
        asked["before"] = before
    found = tk.get_action("dataset_revision_list")({}, asked)
    links = _timemap_links(dataset, found[:PAGE], found[PAGE:], before)
    return Response(",\n".join(links) + "\n", content_type=LINK_FORMAT)


def _timemap_links(
    dataset: dict[str, Any],
    page: list[dict[str, Any]],
    older: list[dict[str, Any]],
    before: str | None,
) -> list[str]:
    id = dataset["id"]
    here = {"id": id, "before": before} if before else {"id": id}
    links = [
        str(Link(dataset_address(dataset), "original")),
        str(Link(address("versioning.timegate", id=id), "timegate")),
        _timemap_link(here, "self", page, page),
    ]
    if before:
        links.append(_timemap_link({"id": id}, "timemap", [], []))
    if older:
        links.append(_timemap_link({"id": id, "before": page[-1]["id"]}, "timemap", [], older))
    return links + [
        str(
            Link(
                revision_address(id, revision["id"]),
                "memento",
                datetime=memento_datetime(revision["time"]),
            )
        )
        for revision in reversed(page)
    ]


def _timemap_link(
    values: dict[str, str], rel: str, since: list[dict[str, Any]], until: list[dict[str, Any]]
) -> str:
    link = str(Link(address("versioning.timemap", **values), rel, type=LINK_FORMAT))
    if since:
        link += f'; from="{memento_datetime(since[-1]["time"])}"'
    if until:
        link += f'; until="{memento_datetime(until[0]["time"])}"'
    return link


def _last_moment(accepted: str) -> str:
    """Return the end of the second that a client asks for: HTTP knows no fractions."""
    try:
        time: datetime | None = parse_date(accepted)
        if time is not None:
            return iso(time.astimezone(timezone.utc) + timedelta(microseconds=999_999))
    except OverflowError:  # there is no such year
        pass
    raise tk.ValidationError(
        {
            "Accept-Datetime": [
                tk._(
                    "The header Accept-Datetime must be a date of HTTP, such as "
                    "Fri, 31 May 2024 08:00:00 GMT"
                )
            ]
        }
    )
