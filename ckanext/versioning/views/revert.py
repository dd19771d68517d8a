"""The page that shows what restoring a revision would change, and restores it."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from flask.views import MethodView
from markupsafe import Markup

from ..logic.errors import HistoryUnavailable
from .blueprint import versioning
from .changes import changes
from .errors import Page, error_page, messages_of
from .frame import dataset_frame, revision_at
from .labels import dataset_label

# What an undo repeats of the reason, in bytes; it travels in a cookie, which holds 4,096.
REASON = 60


class CannotRestore(Exception):
    """What stands against restoring a revision, in words."""

    def __init__(self, messages: list[str]) -> None:
        super().__init__(*messages)
        self.messages = messages


@versioning.errorhandler(CannotRestore)
def cannot_restore(error: CannotRestore) -> Page:
    """The portal has changed too much since, for example the organization is gone."""
    return error_page(409, tk._("This version can't be restored"), error.messages)


class RevertView(MethodView):
    """Restore a revision, after showing what that means."""

    def get(self, id: str, ref: str) -> str:
        frame = _frame(id)
        full = "full" in tk.request.args
        return _preview(frame, ref, full=full, data={"message": tk.request.args.get("message", "")})

    def post(self, id: str, ref: str) -> Any:
        frame = _frame(id)
        form = tk.request.form
        full, message = "full" in form, form.get("message", "")
        dataset = frame["pkg"]["id"]
        before = _plan(dataset, ref, full=full)["revision"]
        if form.get("head") != before["id"]:
            tk.h.flash_notice(
                tk._("The dataset has changed since you opened this page. Please check again.")
            )
            return _preview(frame, ref, full=full, data={"message": message}), 409
        try:
            result = _revert(dataset, ref, full=full, message=message)
        except HistoryUnavailable:
            raise
        except tk.ValidationError as error:
            return _preview(frame, ref, full=full, data={"message": message}, error=error), 400
        _tell(dataset, before, result, full=full)
        return tk.redirect_to("versioning.history", id=dataset)


versioning.add_url_rule("/dataset/<id>/revert/<path:ref>", view_func=RevertView.as_view("revert"))


def _frame(id: str) -> dict[str, Any]:
    frame = dataset_frame(id)
    tk.check_access("dataset_revert", {}, {"dataset": frame["pkg"]["id"]})
    return frame


def _preview(
    frame: dict[str, Any],
    ref: str,
    *,
    full: bool,
    data: dict[str, str],
    error: tk.ValidationError | None = None,
) -> str:
    dataset = frame["pkg"]["id"]
    revision = revision_at(dataset, ref)
    plan = _plan(dataset, ref, full=full)
    head = revision_at(dataset, plan["revision"]["id"])
    kind = frame["dataset_type"]
    variables = {
        **frame,
        **changes(plan["diff"], head, revision),
        "revision": revision,
        "head": head,
        "changed": plan["changed"],
        "left_alone": sorted({dataset_label(name, kind) for name in plan["left_alone"]}),
        "full": full,
        "data": data,
        "error_summary": error.error_summary if error else {},
    }
    return tk.render("versioning/revert.html", variables)


def _plan(dataset: str, ref: str, *, full: bool) -> dict[str, Any]:
    """Return what restoring would do.

    :raises CannotRestore: if it would be refused.
    """
    try:
        return _revert(dataset, ref, full=full, dry_run=True)
    except HistoryUnavailable:
        raise
    except tk.ValidationError as error:
        if "revision_ref" in error.error_dict:
            raise
        raise CannotRestore(messages_of(error)) from error


def _revert(dataset: str, ref: str, **options: Any) -> dict[str, Any]:
    result: dict[str, Any] = tk.get_action("dataset_revert")(
        {}, {"dataset": dataset, "revision_ref": ref, **options}
    )
    return result


def _tell(dataset: str, before: dict[str, Any], result: dict[str, Any], *, full: bool) -> None:
    """Say what was done, with a way to look at it and one to undo it."""
    if result["revision"] is None:
        tk.h.flash_success(tk._("The dataset is restored. Its history will show that soon."))
    elif not result["changed"]:
        tk.h.flash_notice(tk._("Nothing to restore: the dataset has this content already."))
    else:
        tk.h.flash_success(
            Markup('{} <a href="{}">{}</a> <a href="{}">{}</a>').format(
                tk._("The dataset is restored."),
                tk.url_for("versioning.revision", id=dataset, ref=result["revision"]["id"]),
                tk._("See the new version"),
                _undo_url(dataset, before["id"], result["revision"]["message"], full=full),
                tk._("Undo"),
            ),
            allow_html=True,
        )


def _undo_url(dataset: str, before: str, message: str, *, full: bool) -> str:
    """Return where to restore what was before, as much of it as was restored."""
    undo = tk._("Undo: {message}").format(message=_shortened(message))
    extent = {"full": 1} if full else {}
    return str(tk.url_for("versioning.revert", id=dataset, ref=before, message=undo, **extent))


def _shortened(message: str) -> str:
    """Return the beginning of a message's first line."""
    line = next(iter(message.splitlines()), "")
    start = line.encode()[:REASON].decode(errors="ignore")
    return line if start == line else f"{start}…"
