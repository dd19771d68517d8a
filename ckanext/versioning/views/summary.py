"""What a revision changed, in a few words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk

from .labels import dataset_label, resource_label

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Part:
    """A part of what a revision changed.

    :param kind: ``added``, ``removed`` or ``changed``.
    :param text: what.
    """

    kind: str
    text: str


def summary_parts(revision: dict[str, Any], dataset_type: str = "dataset") -> list[Part]:
    """Return what a revision changed against the one before it.

    :param revision: as ``dataset_revision_list`` returns it.
    :param dataset_type: the dataset's type; a schema of that type may name its custom fields.
    """
    summary = revision["summary"]
    if revision["action"] == "create":
        return _created(summary)
    fields = [dataset_label(field, dataset_type) for field in summary["fields"]]
    parts = [Part("changed", _some(_distinct(fields)))] if fields else []
    for kind in ("added", "removed"):
        resources = summary[f"resources_{kind}"]
        if resources:
            parts.append(Part(kind, _resources(resources)))
    parts += [
        Part("changed", _resource_change(change, dataset_type))
        for change in summary["resources_changed"][:_SHOWN]
    ]
    more = len(summary["resources_changed"]) - _SHOWN
    if more > 0:
        parts.append(Part("changed", _and_more(more)))
    if summary["resources_reordered"]:
        parts.append(Part("changed", tk._("Order of the resources")))
    return parts


def _created(summary: dict[str, Any]) -> list[Part]:
    resources = summary["resources_added"]
    return [Part("added", _resources(resources))] if resources else []


def _resources(resources: Sequence[dict[str, Any]]) -> str:
    count = len(resources)
    names = _some([resource["name"] or resource["id"] for resource in resources])
    phrase = tk.ungettext("{n} resource: {names}", "{n} resources: {names}", count)
    return str(phrase.format(n=count, names=names))


def _resource_change(change: dict[str, Any], dataset_type: str) -> str:
    labels = [resource_label(field, dataset_type) for field in change["fields"]]
    name = change["name"] or change["id"]
    if not labels:
        return str(name)
    return str(tk._("{resource} ({fields})").format(resource=name, fields=_some(_distinct(labels))))


def _some(names: Sequence[str]) -> str:
    shown, more = names[:_SHOWN], len(names) - _SHOWN
    return ", ".join([*shown, _and_more(more)] if more > 0 else shown)


def _and_more(count: int) -> str:
    return str(tk.ungettext("{n} more", "{n} more", count).format(n=count))


def _distinct(labels: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(labels))
