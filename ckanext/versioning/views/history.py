"""The list of a dataset's revisions."""

from __future__ import annotations

import ckan.plugins.toolkit as tk

from .blueprint import versioning
from .frame import dataset_frame


@versioning.route("/dataset/<id>/history")
def history(id: str) -> str:
    """Show the history of a dataset, newest first."""
    frame = dataset_frame(id)
    revisions = tk.get_action("dataset_revision_list")({}, {"dataset": frame["pkg"]["id"]})
    return tk.render("versioning/history.html", {**frame, "revisions": revisions})
