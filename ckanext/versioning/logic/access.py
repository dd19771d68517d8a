"""From the dataset that a caller names to what he may see of its history."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import authz, model
from ckan.types import Context

from ..recording.metastore import get_metastore, metastore_id
from .errors import ckan_errors, dataset_not_found
from .pending import catch_up
from .visibility import View


def open_view(
    action: str, context: Context, data: dict[str, Any], parameter: str = "dataset"
) -> View:
    """Check that the caller may do this, and return the dataset's history as he may see it.

    :param action: the name of the action; also of its auth function.
    :param context: the action's.
    :param data: the action's parameters, validated.
    :param parameter: the one that names the dataset.
    :raises ObjectNotFound: if there is no such dataset.
    :raises NotAuthorized: where ``package_show`` raises it, too.
    """
    dataset = data[parameter]
    all_powerful = is_sysadmin(context)
    package = model.Package.get(dataset)
    if package is None and not all_powerful:
        raise dataset_not_found(dataset)
    tk.check_access(action, context, data)
    with ckan_errors(dataset, parameter):
        store = get_metastore()
        package_id = dataset if package is None else package.id
        dataset_id = metastore_id(package_id)
        catch_up(package_id)
        if package is None and not store.dataset_exists(dataset_id):
            raise dataset_not_found(dataset)
    return View(
        store,
        dataset,
        dataset_id,
        package_id,
        # without a package it is purged, and kept for sysadmins
        complete=all_powerful or _may(context, "package_update", {"id": package_id}),
        # what decides whether an anonymous visitor may see the portal's users
        authors=_may(context, "user_list", {}),
        plugin_data=all_powerful,
    )


def is_sysadmin(context: Context) -> bool:
    """Say whether the caller may do everything."""
    return bool(context.get("ignore_auth")) or authz.is_sysadmin(context.get("user"))


def _may(context: Context, action: str, data: dict[str, Any]) -> bool:
    try:
        # fresh: what the caller's context holds of other objects must not decide
        tk.check_access(action, tk.fresh_context(context), data)
    except tk.NotAuthorized:
        return False
    return True
