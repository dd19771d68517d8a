"""What changed between two documents: pure functions of the two.

A change is ``{"path", "op", "from", "to"}``. The path is like a JSON Pointer (RFC 6901), but an
element of a list of objects is named by what identifies it (its ``id``, ``key`` or ``name``),
not by its position: ``/extras/spatial/value``. ``op`` is ``add`` (no ``from``), ``remove`` (no
``to``), ``change``, or ``reorder`` (``from`` and ``to`` are the identifiers in their order).
Values are compared to the type: ``1``, ``1.0``, ``true`` and ``"1"`` all differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from . import textdiff
from .datafiles import DataFile
from .encoding import same
from .filediff import FileChange, file_changes
from .htmldiff import html
from .jsonpatch import Operation, json_patch
from .matching import OBJECT_KEYS, RESOURCE_KEYS, Matching, match, objects, resource_lists
from .model import ChangeSummary, JSONObject, ResourceChange
from .pointers import escape

FieldChange = dict[str, Any]


@dataclass(frozen=True)
class Diff:
    """The difference between two documents, computed when it is asked for.

    :param before: the older document.
    :param after: the newer document.
    :param before_label: what text and HTML call the older one.
    :param after_label: what text and HTML call the newer one.
    :param before_files: the files of the older snapshot.
    :param after_files: the files of the newer one.
    """

    before: JSONObject
    after: JSONObject
    before_label: str = "before"
    after_label: str = "after"
    before_files: Sequence[DataFile] = ()
    after_files: Sequence[DataFile] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing changed."""
        return same(self.before, self.after) and not self.files

    @cached_property
    def fields(self) -> list[FieldChange]:
        """The changes of everything but the resources."""
        before, after = self.before, self.after
        if self._matching is not None:
            before = {key: value for key, value in before.items() if key != "resources"}
            after = {key: value for key, value in after.items() if key != "resources"}
        return list(_changes("", before, after))

    @cached_property
    def resources(self) -> dict[str, Any]:
        """The changes of the resources.

        ``added`` and ``removed`` are lists of ``{"id", "name"}``, ``changed`` of ``{"id", "name",
        "fields"}`` where the paths of the fields start at the resource; ``reordered`` is a bool.
        """
        matching = self._matching
        if matching is None:
            return {"added": [], "removed": [], "changed": [], "reordered": False}
        changed = []
        for label, before, after in matching.pairs:
            fields = list(_changes("", before, after))
            if fields:
                changed.append({**_identity(label, after), "fields": fields})
        return {
            "added": [_identity(*item) for item in matching.added],
            "removed": [_identity(*item) for item in matching.removed],
            "changed": changed,
            "reordered": matching.reordered,
        }

    @cached_property
    def files(self) -> list[FileChange]:
        """The changes of the resources' files."""
        return file_changes(self.before_files, self.after_files)

    @cached_property
    def _matching(self) -> Matching | None:
        lists = resource_lists(self.before, self.after)
        return None if lists is None else match(*lists, RESOURCE_KEYS)

    def to_dict(self) -> dict[str, Any]:
        """Return ``{"fields", "resources", "files"}``, ready for JSON.

        ``files`` is a list of ``{"resource", "name", "op", "from", "to"}``; ``from`` and ``to``
        are ``{"path", "bytes", "hash", "kept"}`` or null.
        """
        names = {**_resource_names(self.before), **_resource_names(self.after)}
        return {
            "fields": self.fields,
            "resources": self.resources,
            "files": [
                {
                    "resource": change.resource,
                    "name": names.get(change.resource, ""),
                    "op": change.op,
                    "from": None if change.before is None else change.before.to_dict(),
                    "to": None if change.after is None else change.after.to_dict(),
                }
                for change in self.files
            ],
        }

    def to_json_patch(self) -> list[Operation]:
        """Return a JSON Patch (RFC 6902) that turns the older document into the newer one."""
        return json_patch(self.before, self.after)

    def to_unified(self) -> str:
        """Return what changed in the documents' text, as ``diff -u`` shows it."""
        return textdiff.unified(self.before, self.after, self.before_label, self.after_label)

    def to_context(self) -> str:
        """Return what changed in the documents' text, as ``diff -c`` shows it."""
        return textdiff.context(self.before, self.after, self.before_label, self.after_label)

    def to_html(self) -> str:
        """Return an HTML table; every value in it is escaped."""
        return html(self)


def diff(
    before: JSONObject,
    after: JSONObject,
    *,
    before_label: str = "before",
    after_label: str = "after",
) -> Diff:
    """Return the difference between two documents.

    :param before: the older document.
    :param after: the newer document.
    :param before_label: what text and HTML call the older one.
    :param after_label: what text and HTML call the newer one.
    """
    return Diff(before, after, before_label, after_label)


def summarize(
    before: JSONObject | None, after: JSONObject, files: Sequence[FileChange] = ()
) -> ChangeSummary:
    """Return which fields and resources changed, without their values.

    :param before: the older document; None if there is none.
    :param after: the newer document.
    :param files: the changes of the resources' files.
    """
    old = {} if before is None else before
    lists = resource_lists(old, after)
    fields = _changed_names(old, after)
    ops = {change.resource: change.op for change in files}
    if lists is None:
        return ChangeSummary(fields=fields, changed=_file_changes_only(ops))
    matching = match(*lists, RESOURCE_KEYS)
    added = tuple(_resource_change(*item) for item in matching.added)
    removed = tuple(_resource_change(*item) for item in matching.removed)
    for resource in (*added, *removed):
        ops.pop(resource.id, None)
    changed = []
    for label, a, b in matching.pairs:
        names = () if same(a, b) else _changed_names(a, b)
        op = ops.pop(_identity(label, b)["id"], "")
        if names or op:
            changed.append(_resource_change(label, b, names, op))
    return ChangeSummary(
        fields=tuple(name for name in fields if name != "resources"),
        added=added,
        removed=removed,
        changed=(*changed, *_file_changes_only(ops)),
        reordered=matching.reordered,
    )


def _file_changes_only(ops: dict[str, str]) -> tuple[ResourceChange, ...]:
    """Of resources that the document does not tell of, as a source document may not."""
    return tuple(ResourceChange(key, fields=("file",), file=op) for key, op in ops.items())


def _changed_names(before: JSONObject, after: JSONObject) -> tuple[str, ...]:
    return tuple(
        sorted(
            key
            for key in before.keys() | after.keys()
            if key not in before or key not in after or not same(before[key], after[key])
        )
    )


def _resource_change(
    label: str, resource: JSONObject, fields: tuple[str, ...] = (), file: str = ""
) -> ResourceChange:
    if file:
        fields = tuple(sorted({*fields, "file"}))
    return ResourceChange(**_identity(label, resource), fields=fields, file=file)


def _resource_names(document: JSONObject) -> dict[str, str]:
    resources = document.get("resources")
    listed = resources if isinstance(resources, list) and objects(resources) else []
    identities = (_identity(item.get("name") or "", item) for item in listed)
    return {identity["id"]: identity["name"] for identity in identities}


def _identity(label: str, resource: JSONObject) -> dict[str, str]:
    name = resource.get("name")
    identifier = resource.get("id")
    usable = isinstance(identifier, str) and identifier
    return {
        "id": str(identifier) if usable else label,
        "name": name if isinstance(name, str) else "",
    }


def _changes(path: str, before: Any, after: Any) -> Iterator[FieldChange]:
    if same(before, after):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            at = f"{path}/{escape(key)}"
            if key not in after:
                yield {"path": at, "op": "remove", "from": before[key]}
            elif key not in before:
                yield {"path": at, "op": "add", "to": after[key]}
            else:
                yield from _changes(at, before[key], after[key])
    elif objects(before) and objects(after):
        matching = match(before, after, OBJECT_KEYS)
        for label, item in matching.removed:
            yield {"path": f"{path}/{escape(label)}", "op": "remove", "from": item}
        for label, item in matching.added:
            yield {"path": f"{path}/{escape(label)}", "op": "add", "to": item}
        for label, a, b in matching.pairs:
            yield from _changes(f"{path}/{escape(label)}", a, b)
        if matching.reordered:
            yield {
                "path": path,
                "op": "reorder",
                "from": matching.before_order,
                "to": matching.after_order,
            }
    else:
        yield {"path": path, "op": "change", "from": before, "to": after}
