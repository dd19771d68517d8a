"""The page that compares two revisions, and the same difference for programs."""

from __future__ import annotations

import json
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Response

from ..metastore.recipe import latest
from .blueprint import versioning
from .changes import changes
from .frame import dataset_frame, revision_at
from .suggestion import FIRST, suggest

# How many of the latest changes and versions one can pick from; others by their address.
PICKED_FROM = 50


@versioning.route("/dataset/<id>/compare")
def compare_chosen(id: str) -> Any:
    """Go to the comparison that a form asks for; by default of the newest change."""
    dataset_frame(id)
    after = tk.request.args.get("to") or "head"
    before = tk.request.args.get("from") or _parent(id, after)
    return tk.redirect_to("versioning.compare", id=id, a=before, b=after)


@versioning.route("/dataset/<id>/compare/<path:a>...<path:b>")
def compare(id: str, a: str, b: str) -> str:
    """Show what changed from one revision to another."""
    frame = dataset_frame(id)
    dataset = frame["pkg"]["id"]
    before, after = (revision_at(dataset, ref) for ref in (a, b))
    tags = tk.get_action("dataset_tag_list")({}, {"dataset": dataset})
    variables = {
        **frame,
        "a": a,
        "b": b,
        "before": before,
        "after": after,
        "tags": tags[:PICKED_FROM],
        "latest": tk.get_action("dataset_revision_list")(
            {}, {"dataset": dataset, "limit": PICKED_FROM}
        ),
        "same": before["id"] == after["id"],
        "backwards": before["time"] > after["time"],
        "suggestion": None,
        "suggested_name": None,
    }
    if not variables["same"]:
        diff = _diff(dataset, before["id"], after["id"])
        variables.update(changes(diff, before, after))
        if not variables["backwards"]:
            suggestion = suggest(before, after, before["tags"])
            variables["suggestion"] = suggestion
            if latest(after["tags"]) is None:
                first = latest(tag["name"] for tag in tags) is None
                variables["suggested_name"] = FIRST if first else suggestion.name
    return tk.render("versioning/compare.html", variables)


@versioning.route("/dataset/<id>/compare/<path:a>...<path:b>/patch.json")
def compare_patch(id: str, a: str, b: str) -> Response:
    """Return the difference as a JSON Patch (RFC 6902)."""
    dataset_frame(id)
    patch = json.dumps(_diff(id, a, b, "json-patch"), ensure_ascii=False, indent=2)
    return _attachment(patch + "\n", "application/json-patch+json", f"{_file_name(a, b)}.json")


@versioning.route("/dataset/<id>/compare/<path:a>...<path:b>/unified.diff")
def compare_unified(id: str, a: str, b: str) -> Response:
    """Return the difference as text, as ``diff -u`` shows it."""
    dataset_frame(id)
    text = _diff(id, a, b, "unified")
    return _attachment(text, "text/x-diff; charset=utf-8", f"{_file_name(a, b)}.diff")


def _parent(dataset: str, ref: str) -> str:
    parent: str | None = revision_at(dataset, ref)["parent"]
    if parent is None:
        raise tk.ObjectNotFound(tk._("There is no change before the first one to compare with"))
    return parent


def _diff(dataset: str, before: str, after: str, diff_type: str = "fields") -> Any:
    return tk.get_action("dataset_revision_diff")(
        {},
        {
            "dataset": dataset,
            "revision_ref_1": before,
            "revision_ref_2": after,
            "diff_type": diff_type,
        },
    )["diff"]


def _file_name(a: str, b: str) -> str:
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "-" for c in f"{a}...{b}")
    return kept[:100]


def _attachment(text: str, mimetype: str, filename: str) -> Response:
    tk.request.environ["__no_cache__"] = True  # CKAN lets shared caches keep it otherwise
    response = Response(text, content_type=mimetype)
    response.headers.set("Content-Disposition", "attachment", filename=filename)
    return response
