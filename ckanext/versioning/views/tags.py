"""The pages of versions, as people call what has a tag: list, create, edit, delete."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from flask.views import MethodView

from ..logic.errors import HistoryUnavailable
from ..metastore.recipe import latest
from .blueprint import versioning
from .frame import dataset_frame, revision_at
from .suggestion import Suggestion, suggest

PER_PAGE = 50


@versioning.route("/dataset/<id>/versions")
def tags(id: str) -> str:
    """Show the versions of a dataset, the newest first."""
    frame = dataset_frame(id)
    found = tk.get_action("dataset_tag_list")({}, {"dataset": frame["pkg"]["id"]})
    page = max(1, tk.request.args.get("page", 1, type=int))
    start = (page - 1) * PER_PAGE
    variables = {
        **frame,
        "tags": found[start : start + PER_PAGE],
        # each with the one before it, to compare
        "earlier": [*found[1:], None][start : start + PER_PAGE],
        "page": page,
        "more": len(found) > start + PER_PAGE,
    }
    return tk.render("versioning/tags.html", variables)


class TagCreateView(MethodView):
    """Name a revision."""

    def get(self, id: str) -> str:
        frame = _frame_for("dataset_tag_create", id)
        return self._form(frame, dict(tk.request.args), {})

    def post(self, id: str) -> Any:
        frame = _frame_for("dataset_tag_create", id)
        data = _form_data("name", "description", "ref")
        try:
            tag = tk.get_action("dataset_tag_create")(
                {},
                {
                    "dataset": frame["pkg"]["id"],
                    "name": data["name"],
                    "description": data["description"],
                    "revision_ref": data["ref"] or "head",
                },
            )
        except HistoryUnavailable:
            raise
        except tk.ValidationError as error:
            return self._form(frame, data, error.error_dict), 400
        tk.h.flash_success(tk._("Version “{name}” is named").format(name=tag["name"]))
        return tk.redirect_to("versioning.tags", id=frame["pkg"]["name"])

    def _form(self, frame: dict[str, Any], data: dict[str, Any], errors: dict[str, Any]) -> str:
        dataset = frame["pkg"]["id"]
        revision = revision_at(dataset, data.get("ref") or "head")
        suggestion = _suggestion(dataset, revision)
        data.setdefault("name", suggestion.name or "")
        variables = {
            **frame,
            "revision": revision,
            "data": {**data, "ref": revision["id"]},
            "errors": errors,
            "suggestion": suggestion,
        }
        return tk.render("versioning/tag_new.html", variables)


class TagEditView(MethodView):
    """Give a version another name or description."""

    def get(self, id: str, tag: str) -> str:
        frame, found = _frame_of("dataset_tag_update", id, tag)
        return self._form(frame, found, found, {})

    def post(self, id: str, tag: str) -> Any:
        frame, found = _frame_of("dataset_tag_update", id, tag)
        data = _form_data("name", "description")
        try:
            if not data["name"].strip():  # the action takes a blank for "as it is"
                raise tk.ValidationError({"name": [tk._("Missing value")]})
            changed = tk.get_action("dataset_tag_update")(
                {}, {**data, "dataset": frame["pkg"]["id"], "tag": found["name"]}
            )
        except HistoryUnavailable:
            raise
        except tk.ValidationError as error:
            return self._form(frame, found, data, error.error_dict), 400
        tk.h.flash_success(tk._("Version “{name}” is changed").format(name=changed["name"]))
        return tk.redirect_to("versioning.tags", id=frame["pkg"]["name"])

    def _form(
        self,
        frame: dict[str, Any],
        tag: dict[str, Any],
        data: dict[str, Any],
        errors: dict[str, Any],
    ) -> str:
        variables = {**frame, "tag": tag, "data": data, "errors": errors}
        return tk.render("versioning/tag_edit.html", variables)


class TagDeleteView(MethodView):
    """Take the name from a version, after asking."""

    def get(self, id: str, tag: str) -> str:
        frame, found = _frame_of("dataset_tag_delete", id, tag)
        return tk.render("versioning/tag_delete.html", {**frame, "tag": found})

    def post(self, id: str, tag: str) -> Any:
        frame, found = _frame_of("dataset_tag_delete", id, tag)
        tk.get_action("dataset_tag_delete")(
            {}, {"dataset": frame["pkg"]["id"], "tag": found["name"]}
        )
        tk.h.flash_success(tk._("Version “{name}” is deleted").format(name=found["name"]))
        return tk.redirect_to("versioning.tags", id=frame["pkg"]["name"])


versioning.add_url_rule("/dataset/<id>/versions/new", view_func=TagCreateView.as_view("tag_create"))
versioning.add_url_rule(
    "/dataset/<id>/versions/<path:tag>/edit", view_func=TagEditView.as_view("tag_edit")
)
versioning.add_url_rule(
    "/dataset/<id>/versions/<path:tag>/delete", view_func=TagDeleteView.as_view("tag_delete")
)


def _frame_for(action: str, id: str) -> dict[str, Any]:
    """Return the frame of a page for those who may do something."""
    frame = dataset_frame(id)
    tk.check_access(action, {}, {"dataset": frame["pkg"]["id"]})
    return frame


def _frame_of(action: str, id: str, tag: str) -> tuple[dict[str, Any], dict[str, Any]]:
    frame = _frame_for(action, id)
    found = tk.get_action("dataset_tag_show")({}, {"dataset": frame["pkg"]["id"], "tag": tag})
    return frame, found


def _form_data(*fields: str) -> dict[str, Any]:
    return {field: tk.request.form.get(field, "") for field in fields}


def _suggestion(dataset: str, revision: dict[str, Any]) -> Suggestion:
    """Return what to call a revision, after the highest version before it."""
    tags = tk.get_action("dataset_tag_list")({}, {"dataset": dataset})
    since = latest(tag["name"] for tag in tags)
    if since is None:
        return Suggestion.first()
    before = revision_at(dataset, since)
    if before["id"] == revision["id"] or before["time"] > revision["time"]:
        return Suggestion.none()
    return suggest(before, revision, [since])
