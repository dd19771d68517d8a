"""The difference as an HTML table. Whatever a document holds is escaped."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Any

from . import pointers
from .datafiles import KEPT

if TYPE_CHECKING:
    from .diff import Diff
    from .filediff import FileChange

_ABSENT = object()


def html(diff: Diff) -> str:
    """Return a table: what changed, before, after. A row's class is its kind of change.

    :param diff: the difference.
    """
    rows = [_change_row(change) for change in diff.fields]
    resources = diff.resources
    for op, key in (("remove", "removed"), ("add", "added")):
        for resource in resources[key]:
            name = _resource(resource)
            before, after = (name, _ABSENT) if op == "remove" else (_ABSENT, name)
            rows.append(_row(op, f"/resources/{pointers.escape(resource['id'])}", before, after))
    for resource in resources["changed"]:
        prefix = f"/resources/{pointers.escape(resource['id'])}"
        rows += [_change_row(change, prefix) for change in resource["fields"]]
    rows += [_file_row(change) for change in diff.files]
    if resources["reordered"]:
        rows.append(_row("reorder", "/resources", _ABSENT, _ABSENT))
    head = "".join(
        f'<th scope="col">{escape(title)}</th>'
        for title in ("Field", diff.before_label, diff.after_label)
    )
    return (
        '<table class="versioning-diff">\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n" + "".join(rows) + "</tbody>\n</table>\n"
    )


def _change_row(change: dict[str, Any], prefix: str = "") -> str:
    before, after = change.get("from", _ABSENT), change.get("to", _ABSENT)
    return _row(change["op"], prefix + change["path"], before, after)


def _file_row(change: FileChange) -> str:
    before, after = (
        _ABSENT if file is None else {"bytes": file.size, "hash": file.sha256, KEPT: file.kept}
        for file in (change.before, change.after)
    )
    return _row(change.op, f"/resources/{pointers.escape(change.resource)}/file", before, after)


def _row(op: str, path: str, before: Any, after: Any) -> str:
    return (
        f'<tr class="versioning-diff-{escape(op)}"><th scope="row">{escape(path)}</th>'
        f"<td>{_cell(before)}</td><td>{_cell(after)}</td></tr>\n"
    )


def _cell(value: Any) -> str:
    if value is _ABSENT:
        return ""
    if isinstance(value, str):
        return escape(value)
    return escape(json.dumps(value, ensure_ascii=False, indent=2))


def _resource(resource: dict[str, str]) -> str:
    return resource["name"] or resource["id"]
