"""The changes of fields as rows of a table: field, from, to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import ckan.plugins.toolkit as tk

from ..metastore.diff import FieldChange
from ..metastore.encoding import pretty
from ..metastore.pointers import parts
from ..metastore.worddiff import Segment, word_diff

Label = Callable[[str], str]
# what to show instead of ids, by field
Names = Mapping[str, Mapping[str, str]]

# From here on it is easier to read what changed within a text than the text twice.
_LONG = 40
# CKAN's own, which are in its database as times.
_TIMES = ("created", "last_modified", "cache_last_updated")


@dataclass(frozen=True, slots=True)
class Cell:
    """What a field holds on one side.

    :param kind: ``absent``, ``text`` (a short one), ``words`` (of which some changed), ``code``
        (JSON) or ``list``.
    :param value: text, or what ``kind`` says: segments, items.
    """

    kind: Literal["absent", "text", "words", "code", "list"]
    value: Any = None


@dataclass(frozen=True, slots=True)
class Row:
    """A field that changed.

    :param label: what people call it.
    :param op: ``add``, ``remove``, ``change`` or ``reorder``.
    :param before: what it was.
    :param after: what it is.
    :param removed: of a list, what is gone; then ``before`` and ``after`` are absent.
    :param added: of a list, what is new.
    """

    label: str
    op: str
    before: Cell = Cell("absent")
    after: Cell = Cell("absent")
    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()

    @property
    def chips(self) -> bool:
        """Whether it is a list of which members came and went."""
        return bool(self.removed or self.added)


def field_rows(changes: Iterable[FieldChange], label: Label, names: Names) -> list[Row]:
    """Return changes as rows, members of one list in one row.

    :param changes: as in ``Diff.fields``.
    :param label: from the name of a field to what people call it.
    :param names: what to show instead of ids, such as those of organizations.
    """
    rows: list[Row] = []
    members: dict[str, list[FieldChange]] = {}
    for path, change in _elements(changes):
        if _is_member(path, change):
            members.setdefault(path[0], []).append(change)
        else:
            rows.append(_row(path, change, label, names))
    rows += [
        _members(label(field), changed, names.get(field, {})) for field, changed in members.items()
    ]
    return sorted(rows, key=lambda row: row.label.casefold())


def _elements(changes: Iterable[FieldChange]) -> Iterator[tuple[list[str], FieldChange]]:
    """Take lists that are new or gone as a whole apart: each element came or went."""
    for change in changes:
        path = parts(change["path"])
        side = {"add": "to", "remove": "from"}.get(change["op"])
        value = change[side] if side and len(path) == 1 else None
        keys = [_key(path[0], item) for item in value] if isinstance(value, list) else []
        if side is None or not keys or None in keys:
            yield path, change
            continue
        for key, item in zip(keys, value or (), strict=True):
            yield [path[0], str(key)], {"op": change["op"], side: item}


def _key(field: str, item: Any) -> str | None:
    if field == "extras":
        return str(item["key"]) if isinstance(item, dict) and "key" in item else None
    return _display_name(item)


def _is_member(path: list[str], change: FieldChange) -> bool:
    """Whether an element of a list, known by its name, came or went."""
    if len(path) != 2 or path[0] == "extras" or change["op"] not in ("add", "remove"):
        return False
    return _display_name(change.get("from", change.get("to"))) is not None


def _members(label: str, changes: list[FieldChange], names: Mapping[str, str]) -> Row:
    def shown(op: str, side: str) -> tuple[str, ...]:
        found = (_display_name(change[side]) for change in changes if change["op"] == op)
        return tuple(sorted(names.get(name, name) for name in found if name is not None))

    return Row(label, "change", removed=shown("remove", "from"), added=shown("add", "to"))


def _row(path: list[str], change: FieldChange, label: Label, names: Names) -> Row:
    before, after = change.get("from"), change.get("to")
    if path[0] == "extras" and len(path) > 1:
        heading = " / ".join([path[1], *(part for part in path[2:] if part != "value")])
        before, after = (
            side["value"] if isinstance(side, dict) and "value" in side else side
            for side in (before, after)
        )
    else:
        heading = " / ".join([label(path[0]), *path[1:]])
    op = change["op"]
    if op == "reorder":
        return Row(heading, op, _cell(before, path, names), _cell(after, path, names))
    if _is_list_of_scalars(before) and _is_list_of_scalars(after):
        return _list_row(heading, before or [], after or [])
    if _is_long_text(before, after):
        old, new = word_diff(before or "", after or "")
        return Row(heading, op, _words(before, old), _words(after, new))
    return Row(heading, op, _cell(before, path, names), _cell(after, path, names))


def _list_row(heading: str, before: list[Any], after: list[Any]) -> Row:
    old, new = ([_text(item) for item in side] for side in (before, after))
    removed, added = Counter(old) - Counter(new), Counter(new) - Counter(old)
    if not removed and not added:
        return Row(heading, "reorder", Cell("list", old), Cell("list", new))
    return Row(heading, "change", removed=tuple(removed.elements()), added=tuple(added.elements()))


def _is_list_of_scalars(value: Any) -> bool:
    if isinstance(value, list):
        return not any(isinstance(item, (dict, list)) for item in value)
    return False


def _is_long_text(before: Any, after: Any) -> bool:
    if not all(value is None or isinstance(value, str) for value in (before, after)):
        return False
    if not before or not after or max(len(before), len(after)) < _LONG:
        return False
    return any(" " in text or "\n" in text for text in (before, after))  # no hash, no address


def _words(text: str | None, segments: list[Segment]) -> Cell:
    return Cell("words", segments) if text else Cell("absent")


def _cell(value: Any, path: list[str], names: Names) -> Cell:
    if value is None or value == "":
        return Cell("absent")
    if path == ["private"] and isinstance(value, bool):
        return Cell("text", tk._("Private") if value else tk._("Public"))
    if path == ["state"]:
        return Cell("text", _state(value))
    if path[-1] in _TIMES and isinstance(value, str):
        return Cell("text", _time(value))
    known = names.get(path[0], {})
    if _is_list_of_scalars(value):
        return Cell("list", [known.get(_text(item), _text(item)) for item in value])
    if isinstance(value, (dict, list)):
        return Cell("code", pretty(value))
    return Cell("text", known.get(value, _text(value)) if isinstance(value, str) else _text(value))


def _time(value: str) -> str:
    try:
        return tk.h.render_datetime(value, with_hours=True, with_seconds=True) or value
    except OverflowError:  # the first or last day there is, in another time zone
        return value


def _state(value: Any) -> str:
    states = {"active": tk._("Active"), "deleted": tk._("Deleted"), "draft": tk._("Draft")}
    return states.get(value, _text(value))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(tk._("Yes") if value else tk._("No"))
    return "" if value is None else str(value)


def _display_name(value: Any) -> str | None:
    if isinstance(value, dict):
        for key in ("display_name", "title", "name", "id"):
            if isinstance(value.get(key), str) and value[key]:
                return str(value[key])
    return None
