"""The history of a dataset for feed readers and programs, with the filters of the page."""

from __future__ import annotations

import json
import re
from typing import Any

import ckan.plugins.toolkit as tk
from feedgen.feed import FeedGenerator
from flask import Response

from ..logic import schema
from .blueprint import versioning
from .frame import dataset_frame
from .links import address, revision_address
from .messages import localized

# XML 1.0 can't hold these, not even escaped.
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
LIMIT = 20


@versioning.route("/dataset/<id>/history.atom")
def feed(id: str) -> Response:
    """Return the newest revisions as an Atom feed (RFC 4287), paged by RFC 5005."""
    dataset = dataset_frame(id)["pkg"]
    revisions, older = _page(dataset)
    atom = _feed(dataset, revisions, older)
    for revision in revisions:
        _add(atom, dataset, revision)
    response = Response(
        atom.atom_str(pretty=True), content_type="application/atom+xml; charset=utf-8"
    )
    return _conditional(response)


@versioning.route("/dataset/<id>/history.json")
def history_json(id: str) -> Response:
    """Return a page of the history as JSON, with the address of the next one."""
    dataset = dataset_frame(id)["pkg"]
    revisions, older = _page(dataset)
    document = {
        "dataset": {"id": dataset["id"], "name": dataset["name"], "title": dataset["title"]},
        "revisions": [
            {**revision, "url": revision_address(dataset["id"], revision["id"])}
            for revision in revisions
        ],
        "next": address("versioning.history_json", id=dataset["id"], **older) if older else None,
    }
    text = json.dumps(document, ensure_ascii=False, indent=2)
    return _conditional(Response(text + "\n", content_type="application/json"))


def _page(dataset: dict[str, Any]) -> tuple[list[dict[str, Any]], dict[str, str] | None]:
    """Return the revisions that the address asks for, and the parameters of the next page."""
    given = _given()
    limit = given.get("limit", str(LIMIT))
    found = tk.get_action("dataset_revision_list")(
        {}, {"dataset": dataset["id"], **given, "limit": limit}
    )
    if not found or len(found) < int(limit):
        return found, None
    if "after" in given:  # which does not go with before
        offset = int(given.get("offset", "0")) + len(found)
        return found, {**given, "offset": str(offset)}
    following = {key: value for key, value in given.items() if key != "offset"}
    return found, {**following, "before": found[-1]["id"]}


def _given() -> dict[str, str]:
    """Return what the address asks for, of what there is to ask for."""
    known = set(schema.revision_list()) - {"dataset"}
    return {key: value for key, value in tk.request.args.items() if key in known and value}


def _feed(
    dataset: dict[str, Any], revisions: list[dict[str, Any]], older: dict[str, str] | None
) -> FeedGenerator:
    atom = FeedGenerator()
    atom.id(address("versioning.history", id=dataset["id"]))
    title = tk._("History of {dataset}").format(dataset=dataset["title"] or dataset["name"])
    atom.title(_for_xml(title))
    atom.author({"name": _for_xml(tk.config["ckan.site_title"]) or "CKAN"})
    atom.updated(revisions[0]["time"] if revisions else f"{dataset['metadata_modified']}Z")
    atom.link(href=tk.h.url_for("versioning.history", id=dataset["name"], _external=True))
    here = address("versioning.feed", id=dataset["id"], **_given())
    atom.link(href=here, rel="self", type="application/atom+xml")
    if older:
        next_page = address("versioning.feed", id=dataset["id"], **older)
        atom.link(href=next_page, rel="next", type="application/atom+xml")
    return atom


def _add(atom: FeedGenerator, dataset: dict[str, Any], revision: dict[str, Any]) -> None:
    url = revision_address(dataset["id"], revision["id"])
    entry = atom.add_entry(order="append")
    entry.id(url)
    entry.link(href=url)
    message = localized(revision["message"])
    lines = message.strip().splitlines() or [tk._("No message")]
    tags = ", ".join(revision["tags"])
    entry.title(_for_xml(f"{tags}: {lines[0]}" if tags else lines[0]))
    entry.updated(revision["time"])
    entry.published(revision["time"])
    entry.content(_for_xml(message) or lines[0], type="text")
    if revision["author"]["name"]:
        entry.author({"name": _for_xml(revision["author"]["name"])})
    for tag in revision["tags"]:
        entry.category(term=_for_xml(tag))


def _for_xml(text: str) -> str:
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def _conditional(response: Response) -> Response:
    """Let a reader who has it already be told so in a few bytes."""
    response.add_etag()
    response.make_conditional(tk.request.environ)
    return response
