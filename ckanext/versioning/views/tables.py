"""The page that compares the rows of a resource's file in two revisions."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from .blueprint import versioning
from .frame import dataset_frame, revision_at


@versioning.route("/dataset/<id>/compare/<path:a>...<path:b>/resource/<resource_id>")
def compare_table(id: str, a: str, b: str, resource_id: str) -> str:
    """Show which columns and rows changed in a resource's file."""
    frame = dataset_frame(id)
    dataset = frame["pkg"]["id"]
    before, after = (revision_at(dataset, ref) for ref in (a, b))
    diff = tk.get_action("dataset_revision_diff")(
        {},
        {
            "dataset": dataset,
            "revision_ref_1": before["id"],
            "revision_ref_2": after["id"],
            "diff_type": "tables",
            "resource_id": resource_id,
        },
    )["diff"]
    variables = {
        **frame,
        "a": a,
        "b": b,
        "before": before,
        "after": after,
        "diff": diff,
        "resource": _resource(after, resource_id) or _resource(before, resource_id) or {},
    }
    return tk.render("versioning/table.html", variables)


def _resource(revision: dict[str, Any], resource_id: str) -> dict[str, Any] | None:
    for resource in (revision["dataset"] or {}).get("resources") or ():
        if resource.get("id") == resource_id:
            return dict(resource)
    return None
