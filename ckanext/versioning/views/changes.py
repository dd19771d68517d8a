"""A difference as the variables of the snippet that shows it."""

from __future__ import annotations

from functools import partial
from typing import Any

from .fieldrows import field_rows
from .labels import dataset_label, resource_label
from .resourcerows import resource_changes


def changes(diff: dict[str, Any], before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Return a difference as the variables of the snippet that shows it.

    :param diff: as ``dataset_revision_diff`` returns it.
    :param before: the older revision, as ``dataset_revision_show`` returns it.
    :param after: the newer revision.
    """
    kind = _dataset(after).get("type") or "dataset"
    names = _names(_dataset(before), _dataset(after))
    return {
        "rows": field_rows(diff["fields"], partial(dataset_label, dataset_type=kind), names),
        "resources": resource_changes(
            diff,
            _resources(before),
            _resources(after),
            partial(resource_label, dataset_type=kind),
        ),
    }


def _dataset(revision: dict[str, Any]) -> dict[str, Any]:
    """Return the dataset; empty where the revision was not recorded from CKAN."""
    return revision["dataset"] or {}


def _resources(revision: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the resources, with the size and hash of their files where these were kept."""
    resources = _dataset(revision).get("resources") or ()
    packaged = revision["datapackage"].get("resources") or ()
    return [
        {
            **resource,
            "size": said.get("bytes", resource.get("size")),
            "hash": said.get("hash", resource.get("hash")),
        }
        for resource, said in zip(resources, packaged, strict=False)
    ]


def _names(*datasets: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Return the names of organizations, groups and licences by field and id."""
    organizations: dict[str, str] = {}
    groups: dict[str, str] = {}
    licenses: dict[str, str] = {}
    for dataset in datasets:
        organization = dataset.get("organization") or {}
        if organization.get("id"):
            organizations[organization["id"]] = _title(organization)
        for group in dataset.get("groups") or ():
            if group.get("id"):
                groups[group["id"]] = _title(group)
        if dataset.get("license_id") and dataset.get("license_title"):
            licenses[dataset["license_id"]] = dataset["license_title"]
    return {"owner_org": organizations, "groups": groups, "license_id": licenses}


def _title(group: dict[str, Any]) -> str:
    return str(group.get("title") or group.get("display_name") or group.get("name") or group["id"])
