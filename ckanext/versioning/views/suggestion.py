"""The next version number that a change suggests, and why, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk

from ..logic.downloads import FILE
from ..metastore import recipe
from ..metastore.recipe import Level, Reason
from ..recording.content import canonical

FIRST = "1.0.0"  # "You release your data for the first time"
# Who sees a dataset, and where on the portal it is, is no part of the data package.
_NOT_PACKAGED = ("groups", "organization", "owner_org", "private", "state")


# translated when they are asked for, and only then
_TEXTS: dict[str, Callable[[], str]] = {
    "package-renamed": lambda: tk._("The dataset has another name"),
    "resource-removed": lambda: tk._("Resource “{resource}” is gone"),
    "resource-renamed": lambda: tk._("Resource “{resource}” has another name"),
    "format-changed": lambda: tk._("Resource “{resource}” is in another format"),
    "schema-removed": lambda: tk._("The table schema of “{resource}” is gone"),
    "field-added": lambda: tk._("Field “{field}” was added to the table of “{resource}”"),
    "field-removed": lambda: tk._("Field “{field}” was removed from the table of “{resource}”"),
    "fields-reordered": lambda: tk._("The fields of “{resource}” are in another order"),
    "field-type-changed": lambda: tk._(
        "Field “{field}” of “{resource}” has another type or format"
    ),
    "constraint-stricter": lambda: tk._("Field “{field}” of “{resource}” allows less than before"),
    "key-changed": lambda: tk._("The primary key or missing values of “{resource}” changed"),
    "resource-added": lambda: tk._("Resource “{resource}” was added"),
    "data-changed": lambda: tk._("The data of “{resource}” changed"),
    "schema-added": lambda: tk._("“{resource}” has a table schema now"),
    "constraint-looser": lambda: tk._("Field “{field}” of “{resource}” allows more than before"),
    "reference-changed": lambda: tk._("“{resource}” refers to other tables than before"),
    "description-changed": lambda: tk._("The description of “{resource}” changed"),
}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What to call a version.

    :param name: the name for the tag; None if there is nothing to suggest.
    :param since: the name of the version that it follows; None for the first.
    :param level: how much has changed since.
    :param reasons: why, what weighs most first.
    """

    name: str | None
    since: str | None
    level: Level
    reasons: tuple[str, ...]

    @classmethod
    def none(cls) -> Suggestion:
        """Return that there is nothing to suggest."""
        return cls(None, None, Level.NONE, ())

    @classmethod
    def first(cls) -> Suggestion:
        """Return what to call the first version."""
        return cls(FIRST, None, Level.NONE, ())

    @property
    def meaning(self) -> str:
        """The level in words."""
        return {
            Level.NONE: tk._("Nothing that counts for a version number"),
            Level.PATCH: tk._("Editorial: only the description changed"),
            Level.MINOR: tk._("Additive: what used the data before can still use it"),
            Level.MAJOR: tk._("Incompatible: what used the data before may have to be adapted"),
        }[self.level]


def suggest(before: dict[str, Any], after: dict[str, Any], names: Iterable[str]) -> Suggestion:
    """Return what to call the later one of two revisions.

    :param before: the earlier revision, as ``dataset_revision_show`` returns it.
    :param after: the later revision.
    :param names: the names of the earlier one's tags.
    """
    found = recipe.reasons(_package(before), _package(after))
    level = recipe.level(found)
    since = recipe.latest(names)
    return Suggestion(
        name=None if since is None else recipe.next_version(since, level),
        since=since,
        level=level,
        reasons=tuple(dict.fromkeys(_in_words(reason) for reason in found)),
    )


def _package(revision: dict[str, Any]) -> dict[str, Any]:
    """Return all that CKAN knows, with the resources' names and files of the data package."""
    packaged = revision["datapackage"]
    if revision["dataset"] is None:
        return dict(packaged)
    dataset = {
        key: value
        for key, value in canonical(revision["dataset"]).items()
        if key not in _NOT_PACKAGED
    }
    resources = dataset.get("resources")
    if isinstance(resources, list):
        dataset["resources"] = [
            {**_without_file(resource), "title": resource.get("name"), **_known(said)}
            for resource, said in zip(resources, packaged.get("resources") or (), strict=False)
        ]
    return dataset


def _without_file(resource: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in resource.items() if key != FILE}


def _known(resource: dict[str, Any]) -> dict[str, Any]:
    """Return what a resource's data package says better: the name, and facts of a kept file."""
    return {key: resource[key] for key in ("name", "hash", "bytes") if key in resource}


def _in_words(reason: Reason) -> str:
    if reason.code == "description-changed" and not reason.subject:
        return str(tk._("The description of the dataset changed"))
    return _TEXTS[reason.code]().format(resource=reason.subject, field=reason.detail)
