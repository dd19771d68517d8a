"""Who may do what: whoever sees a dataset reads its history, whoever edits it tags and reverts.

What of the history a reader sees is up to ``visibility``.
"""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from ckan import authz
from ckan.types import AuthResult, Context, DataDict

__all__ = [
    "dataset_history_show",
    "dataset_revert",
    "dataset_revision_diff",
    "dataset_revision_list",
    "dataset_revision_neighbours",
    "dataset_revision_show",
    "dataset_tag_create",
    "dataset_tag_delete",
    "dataset_tag_list",
    "dataset_tag_show",
    "dataset_tag_update",
    "package_show_revision",
    "package_show_tag",
    "resource_show_revision",
    "resource_show_tag",
    "versioning_retry",
    "versioning_status",
]


@tk.auth_allow_anonymous_access
def dataset_history_show(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may see the dataset."""
    return _may_read(context, data_dict)


@tk.auth_allow_anonymous_access
def dataset_revision_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may see the dataset."""
    return _may_read(context, data_dict)


@tk.auth_allow_anonymous_access
def dataset_revision_neighbours(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may see the dataset."""
    return _may_read(context, data_dict)


@tk.auth_allow_anonymous_access
def dataset_revision_show(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may see the dataset."""
    return _may_read(context, data_dict)


@tk.auth_allow_anonymous_access
def package_show_revision(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may see the dataset."""
    return authz.is_authorized("package_show", context, {"id": data_dict["id"]})


@tk.auth_allow_anonymous_access
def package_show_tag(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may see the dataset."""
    return authz.is_authorized("package_show", context, {"id": data_dict["id"]})


@tk.auth_allow_anonymous_access
def resource_show_revision(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may see the dataset."""
    return _may_read(context, data_dict)


@tk.auth_allow_anonymous_access
def resource_show_tag(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may see the dataset."""
    return _may_read(context, data_dict)


@tk.auth_allow_anonymous_access
def dataset_revision_diff(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may see the dataset."""
    return _may_read(context, data_dict)


@tk.auth_allow_anonymous_access
def dataset_tag_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may see the dataset."""
    return _may_read(context, data_dict)


@tk.auth_allow_anonymous_access
def dataset_tag_show(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may see the dataset."""
    return _may_read(context, data_dict)


@tk.auth_allow_anonymous_access
def dataset_tag_create(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may edit the dataset."""
    return _may_edit(context, data_dict)


@tk.auth_allow_anonymous_access
def dataset_tag_update(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may edit the dataset."""
    return _may_edit(context, data_dict)


@tk.auth_allow_anonymous_access
def dataset_tag_delete(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may edit the dataset."""
    return _may_edit(context, data_dict)


@tk.auth_allow_anonymous_access
def dataset_revert(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may edit the dataset; package_update then asks for what the content needs."""
    return _may_edit(context, data_dict)


def versioning_status(context: Context, data_dict: DataDict) -> AuthResult:
    """Sysadmins, whom CKAN lets through before it asks here."""
    return {"success": False, "msg": tk._("Only sysadmins may see the state of versioning")}


def versioning_retry(context: Context, data_dict: DataDict) -> AuthResult:
    """Sysadmins, whom CKAN lets through before it asks here."""
    return {"success": False, "msg": tk._("Only sysadmins may record again what failed")}


def _may_read(context: Context, data_dict: DataDict) -> AuthResult:
    return authz.is_authorized("package_show", context, {"id": data_dict["dataset"]})


def _may_edit(context: Context, data_dict: DataDict) -> AuthResult:
    return authz.is_authorized("package_update", context, {"id": data_dict["dataset"]})
