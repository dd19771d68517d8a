"""A dataset and its resources as they were, through CKAN's own templates."""

from __future__ import annotations

import json
from inspect import signature
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.lib.plugins import lookup_package_plugin
from flask import Response

from .blueprint import versioning
from .frame import dataset_frame, revision_at
from .linking import memento, related
from .overview import is_of_today

# What CKAN's templates would take for a reason to show data of today.
_OF_TODAY = ("datastore_active", "has_views")


@versioning.route("/dataset/<id>/revision/<path:ref>")
def revision(id: str, ref: str) -> Response:
    """Show a dataset as it was."""
    variables = _past(id, ref)
    variables["base_template"] = _template("read_template", variables["live"])
    page = tk.render("versioning/revision.html", variables)
    return memento(page, ref, variables["links"], variables["live"], variables["revision"])


@versioning.route("/dataset/<id>/revision/<path:ref>/resource/<resource_id>")
def resource(id: str, ref: str, resource_id: str) -> str:
    """Show a resource as it was."""
    variables = _past(id, ref)
    found = [item for item in variables["pkg"]["resources"] if item["id"] == resource_id]
    if not found:
        raise tk.ObjectNotFound(tk._("The dataset had no such resource at that time"))
    variables.update(
        base_template=_template("resource_template", variables["live"]),
        package=variables["pkg"],
        # CKAN lists all else that a resource has
        resource={key: value for key, value in found[0].items() if key != "versioning_file"},
        file=found[0].get("versioning_file"),
        resource_views=[],
        current_resource_view=None,
        in_latest=any(item["id"] == resource_id for item in variables["live"]["resources"]),
    )
    return tk.render("versioning/resource.html", variables)


@versioning.route("/dataset/<id>/revision/<path:ref>/datapackage.json")
def datapackage(id: str, ref: str) -> Response:
    """Return the data package of a revision."""
    dataset = dataset_frame(id)["pkg"]["name"]
    return _json(revision_at(dataset, ref)["datapackage"], "datapackage.json")


@versioning.route("/dataset/<id>/revision/<path:ref>/dataset.json")
def dataset_json(id: str, ref: str) -> Response:
    """Return the dataset of a revision as CKAN's API does."""
    dataset = dataset_frame(id)["pkg"]["name"]
    return _json(_dataset(dataset, ref), "dataset.json")


def _past(id: str, ref: str) -> dict[str, Any]:
    """Return the template variables of a dataset as it was; ``live`` is the one of today."""
    frame = dataset_frame(id)
    live = frame["pkg"]
    found = revision_at(live["name"], ref)
    # the name is for addresses; the type must be one that the portal still has
    past = {**_dataset(live["name"], found["id"]), "name": live["name"], "type": live["type"]}
    past["resources"] = [_past_resource(item) for item in past.get("resources") or []]
    links, neighbours = related(live, found["id"])
    return {
        **frame,
        "live": live,
        "pkg": past,
        "pkg_dict": past,
        "revision": found,
        "links": links,
        "neighbours": neighbours,
        "is_latest": neighbours["next"] is None and is_of_today(live, found),
    }


def _past_resource(resource: dict[str, Any]) -> dict[str, Any]:
    """Return a resource of which nothing leads to the file that it has today."""
    past = {key: value for key, value in resource.items() if key not in _OF_TODAY}
    if past.get("url_type") == "upload" and not (past.get("versioning_file") or {}).get("url"):
        past["url"] = ""
    return past


def _dataset(dataset: str, ref: str) -> dict[str, Any]:
    found: dict[str, Any] = tk.get_action("package_show_revision")(
        {}, {"id": dataset, "revision_ref": ref}
    )
    return found


def _template(kind: str, dataset: dict[str, Any]) -> str:
    """Return the template by which CKAN shows datasets of that type, or their resources."""
    plugin: Any = lookup_package_plugin(dataset["type"])
    # some plugins put what their templates need into the globals
    plugin.setup_template_variables({"for_view": True}, {"id": dataset["id"]})
    method = getattr(plugin, kind)
    # as CKAN calls it: the older plugins' methods take nothing
    name = method(dataset["type"]) if signature(method).parameters else method()
    return str(name)


def _json(document: dict[str, Any], filename: str) -> Response:
    text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    response = Response(text, content_type="application/json; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename=filename)
    return response
