"""What every page within a dataset needs: the dataset of today, for tabs and breadcrumbs."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk


def dataset_frame(dataset: str) -> dict[str, Any]:
    """Return the template variables of a page within a dataset.

    :param dataset: its name or id, as in the URL.
    :raises ObjectNotFound: if there is no such dataset.
    :raises NotAuthorized: if the visitor may not see it.
    """
    pkg = tk.get_action("package_show")({"for_view": True}, {"id": dataset})
    return {
        "pkg": pkg,
        "pkg_dict": pkg,
        "dataset_type": pkg.get("type") or "dataset",
        "can_edit": tk.h.check_access("package_update", {"id": pkg["id"]}),
    }


def revision_at(dataset: str, ref: str) -> dict[str, Any]:
    """Return a revision with its content, as ``dataset_revision_show`` does.

    :param dataset: the name or id of the dataset.
    :param ref: a revision reference.
    """
    found: dict[str, Any] = tk.get_action("dataset_revision_show")(
        {}, {"dataset": dataset, "revision_ref": ref}
    )
    return found
