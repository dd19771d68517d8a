"""The list of a dataset's revisions."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Response
from flask_babel import format_date

from . import filtering
from .blueprint import versioning
from .frame import dataset_frame
from .linking import linked
from .links import dataset_links
from .overview import history_of
from .times import local_time

PAGE = 20


@versioning.route("/dataset/<id>/history")
def history(id: str) -> Response:
    """Show the history of a dataset, newest first."""
    frame = dataset_frame(id)
    dataset = frame["pkg"]
    given = filtering.asked()
    filters = filtering.parameters(given)
    before = tk.request.args.get("before", "").strip()
    cursor = {"before": before} if before else {}
    found = tk.get_action("dataset_revision_list")(
        {}, {"dataset": dataset["id"], "limit": PAGE + 1, **filters, **cursor}
    )
    revisions = found[:PAGE]
    overview = history_of(dataset["id"])
    links = dataset_links(dataset)
    page = tk.render(
        "versioning/history.html",
        {
            **frame,
            "links": links,
            "days": _by_day(revisions),
            "revisions": revisions,
            "head": overview["head"],
            "count": overview["revision_count"],
            "given": given,
            "filters": filters,
            "choices": filtering.choices(dataset, given),
            "before": before,
            "older": revisions[-1]["id"] if len(found) > PAGE else None,
        },
    )
    return linked(page, links)


def _by_day(revisions: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return the revisions in groups of a day of the portal's time zone, each with its name."""
    days = groupby(revisions, key=lambda revision: local_time(revision["time"]).date())
    return [(format_date(day, "full"), list(group)) for day, group in days]
