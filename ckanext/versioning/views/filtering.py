"""The filters of the history page: what its form sends, and what the action takes."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import ckan.plugins.toolkit as tk

from ..recording.content import canonical
from .labels import dataset_label

# What the form's one field for fields and resources sends before a name or an id.
_KINDS = ("field", "resource")


def asked() -> dict[str, str]:
    """Return what the address asks for, as the form shows it again."""
    given = {name: tk.request.args.get(name, "").strip() for name in ("since", "until", *_KINDS)}
    kind, _, name = tk.request.args.get("changed", "").partition(":")
    if kind in _KINDS and name:
        given[kind] = name
    if tk.request.args.get("tagged"):
        given["tagged"] = "1"
    return {name: value for name, value in given.items() if value}


def parameters(given: dict[str, str]) -> dict[str, str]:
    """Return the parameters of ``dataset_revision_list`` for what was asked.

    A day is one of the portal's time zone, and the last one is meant to its end.
    """
    found = dict(given)
    if "since" in found:
        found["since"] = _start_of(found["since"])
    if "until" in found:
        found["until"] = _start_of(found["until"], -timedelta(microseconds=1), days=1)
    return found


def choices(dataset: dict[str, Any], given: dict[str, str]) -> dict[str, list[dict[str, str]]]:
    """Return the fields and resources that one can choose from.

    :param dataset: the one of today.
    :param given: what was asked; a resource that was removed since stays to be chosen.
    """
    kind = dataset.get("type") or "dataset"
    fields = set(canonical(dataset)) - {"id", "resources"} | {given.get("field", "title")}
    labelled = sorted((dataset_label(field, kind), field) for field in fields)
    resources = {item["id"]: tk.h.resource_display_name(item) for item in dataset["resources"]}
    if "resource" in given:
        resources.setdefault(given["resource"], tk._("A resource that was removed"))
    return {
        "field": [{"value": field, "label": label} for label, field in labelled],
        "resource": [{"value": id, "label": str(name)} for id, name in resources.items()],
    }


def _start_of(value: str, more: timedelta = timedelta(0), days: int = 0) -> str:
    zone = tk.h.get_display_timezone()
    try:
        start = datetime.combine(date.fromisoformat(value) + timedelta(days=days), time())
        # a zone of pytz must place the time itself, to get the offset of that day
        placed = zone.localize(start) if hasattr(zone, "localize") else start.replace(tzinfo=zone)
        return (placed + more).isoformat()
    except (ValueError, OverflowError):
        return value  # an instant, a day at the end of the calendar, or for the action to refuse
