"""What sysadmins see: whether everything is recorded, and what to do where it is not."""

from __future__ import annotations

from itertools import chain
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from werkzeug.wrappers import Response

from ..logic.errors import HistoryUnavailable
from .blueprint import versioning

SHOWN = 100


@versioning.route("/ckan-admin/versioning")
def admin() -> str:
    """Show the backend, and which changes it does not have yet."""
    _check_sysadmin()
    try:
        status = tk.get_action("versioning_status")({}, {"limit": SHOWN})
    except HistoryUnavailable as error:
        return tk.render("versioning/admin.html", {"fault": error.error_dict, "status": None})
    # what needs a hand comes first
    untried = [row for row in status["waiting"] if row["error"] is None]
    waiting = [*status["failing"], *untried][:SHOWN]
    variables = {
        "fault": None,
        "status": status,
        "waiting": waiting,
        "titles": _titles({row["dataset_id"] for row in [*waiting, *status["capture_failures"]]}),
        "shown": SHOWN,
    }
    return tk.render("versioning/admin.html", variables)


@versioning.route("/ckan-admin/versioning/retry", methods=["POST"])
def admin_retry() -> Response:
    """Try again to record what waits, of one dataset or of all."""
    _check_sysadmin()
    dataset = tk.request.form.get("dataset")
    try:
        result = tk.get_action("versioning_retry")({}, {"dataset": dataset} if dataset else {})
    except tk.ValidationError as error:
        for message in chain.from_iterable(error.error_dict.values()):
            tk.h.flash_error(message)
    else:
        _tell(result)
    return tk.redirect_to("versioning.admin")


def _tell(result: dict[str, Any]) -> None:
    recorded, failed, left = result["recorded"], len(result["failed"]), result["left"]
    if recorded or not failed:
        tk.h.flash_success(
            tk.ungettext(
                "The changes of {number} dataset are recorded",
                "The changes of {number} datasets are recorded",
                recorded,
            ).format(number=recorded)
        )
    if failed:
        tk.h.flash_error(
            tk.ungettext(
                "The changes of {number} dataset could not be recorded; see why below",
                "The changes of {number} datasets could not be recorded; see why below",
                failed,
            ).format(number=failed)
        )
    if left:
        tk.h.flash_notice(
            tk.ungettext(
                "{number} dataset more is waiting: try again",
                "{number} datasets more are waiting: try again",
                left,
            ).format(number=left)
        )


def _check_sysadmin() -> None:
    try:
        tk.check_access("versioning_status", {}, {})
    except tk.NotAuthorized:
        tk.abort(403, tk._("Need to be system administrator to administer"))


def _titles(ids: set[str]) -> dict[str, str]:
    """Return the titles of those of the datasets that are there."""
    packages = model.Session.query(model.Package.id, model.Package.title, model.Package.name)
    return {
        id: title or name for id, title, name in packages.filter(model.Package.id.in_(sorted(ids)))
    }
