"""The messages that the metastore writes where nobody gave one, in the visitor's language.

They are stored in English, as ``metastore.describe`` makes them. Whatever reads otherwise is
somebody's own words, and stays.
"""

from __future__ import annotations

import re

import ckan.plugins.toolkit as tk

from ..recording.sync import FIRST
from .labels import dataset_label

_NAMES = re.compile(r"(?P<names>.+?)(?: and (?P<more>\d+) more)?")


def localized(message: str) -> str:
    """Return a revision's message for the visitor.

    :param message: as the action API tells it.
    """
    if str(tk.h.lang()).startswith("en"):
        return message
    whole = _wholes().get(message)
    if whole is not None:
        return whole
    clauses = [_clause(clause[:1].upper() + clause[1:]) for clause in message.split("; ")]
    if None in clauses:
        return message
    return "; ".join(map(str, clauses))


def _wholes() -> dict[str, str]:
    return {
        FIRST: tk._("Start of the recorded history"),
        "Create dataset": tk._("Create dataset"),
        "Delete dataset": tk._("Delete dataset"),
        "Restore dataset": tk._("Restore dataset"),
        "Purge dataset": tk._("Purge dataset"),
        "Revert dataset": tk._("Revert dataset"),
        "Update dataset": tk._("Update dataset"),
    }


def _clause(clause: str) -> str | None:
    """Return what one change is called; None if it is none that the metastore writes."""
    fixed = {
        "Make private": tk._("Made private"),
        "Make public": tk._("Made public"),
        "Reorder resources": tk._("Order of the resources changed"),
    }
    if clause in fixed:
        return fixed[clause]
    for beginning, text in (
        ("Revert to ", tk._("Revert to {names}")),
        ("Rename to ", tk._("Rename to {names}")),
        ("Add resource ", tk._("Add resource {names}")),
        ("Add resources ", tk._("Add resources {names}")),
        ("Remove resource ", tk._("Remove resource {names}")),
        ("Remove resources ", tk._("Remove resources {names}")),
        ("Change resource ", tk._("Change resource {names}")),
        ("Change resources ", tk._("Change resources {names}")),
        ("Add file of ", tk._("Add file of {names}")),
        ("Remove file of ", tk._("Remove file of {names}")),
        ("Replace file of ", tk._("Replace file of {names}")),
    ):
        if clause.startswith(beginning):
            return text.format(names=_counted(clause.removeprefix(beginning)))
    if clause.startswith("Change state to "):
        return tk._("Change state to {names}").format(names=clause.rpartition(" ")[2])
    if clause.startswith("Change "):
        return _changed_fields(clause.removeprefix("Change "))
    return None


def _changed_fields(names: str) -> str | None:
    match = _NAMES.fullmatch(names)
    fields = re.split(", | and ", match["names"]) if match else []
    if not fields or any(not re.fullmatch(r"[\w-]+", field) for field in fields):
        return None  # somebody's own words
    labels = ", ".join(dict.fromkeys(map(dataset_label, fields)))
    return tk._("Change {names}").format(names=_with_more(labels, match and match["more"]))


def _counted(names: str) -> str:
    match = _NAMES.fullmatch(names)
    return _with_more(match["names"], match["more"]) if match else names


def _with_more(names: str, more: str | None) -> str:
    if more is None:
        return names
    count = int(more)
    return tk.ungettext("{names} and {n} more", "{names} and {n} more", count).format(
        names=names, n=count
    )
