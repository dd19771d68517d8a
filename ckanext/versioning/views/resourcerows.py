"""The changes of resources: which came, went, moved, and what changed in those that stayed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from ..metastore.schemadiff import SchemaDiff, schema_diff, table_schema
from .fieldrows import Label, Row, field_rows

Resource = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ChangedResource:
    """A resource on both sides that differs, or stands in another place.

    :param before: the resource as it was.
    :param after: the resource as it is.
    :param rows: what changed, but for its schema.
    :param schema: what changed in its schema, where it has one.
    :param moved: its place before and after, counted from 1; None if it did not move.
    :param file: the change of its file as the metastore tells it; None if there is none.
    """

    before: Resource
    after: Resource
    rows: tuple[Row, ...] = ()
    schema: SchemaDiff | None = None
    moved: tuple[int, int] | None = None
    file: dict[str, Any] | None = None

    @property
    def renamed(self) -> bool:
        return bool(self.before.get("name") != self.after.get("name"))


@dataclass(frozen=True, slots=True)
class ResourceChanges:
    """What changed in the resources of a dataset.

    :param added: those that are new.
    :param removed: those that are gone, as they were.
    :param changed: those that stayed and differ, in their order after.
    :param unchanged: how many stayed as they are.
    """

    added: tuple[Resource, ...]
    removed: tuple[Resource, ...]
    changed: tuple[ChangedResource, ...]
    unchanged: int

    @property
    def empty(self) -> bool:
        return not (self.added or self.removed or self.changed)


def resource_changes(
    diff: dict[str, Any],
    before: Sequence[Resource],
    after: Sequence[Resource],
    label: Label,
) -> ResourceChanges:
    """Return the changes of the resources, ready to be shown.

    :param diff: as ``Diff.to_dict`` returns it.
    :param before: all resources as they were.
    :param after: all resources as they are.
    :param label: from the name of a field to what people call it.
    """
    old, new = _by_id(before), _by_id(after)
    fields = {item["id"]: item["fields"] for item in diff["resources"]["changed"]}
    files = {item["resource"]: item for item in diff.get("files", ())}
    moved = _moved(list(old), list(new)) if diff["resources"]["reordered"] else {}
    changed = tuple(
        _changed(old[id_], new[id_], fields.get(id_, []), label, moved.get(id_), files.get(id_))
        for id_ in new
        if id_ in old and (id_ in fields or id_ in moved or id_ in files)
    )
    return ResourceChanges(
        added=tuple(resource for id_, resource in new.items() if id_ not in old),
        removed=tuple(resource for id_, resource in old.items() if id_ not in new),
        changed=changed,
        unchanged=sum(id_ in old for id_ in new) - len(changed),
    )


def _changed(
    before: Resource,
    after: Resource,
    fields: list[dict[str, Any]],
    label: Label,
    moved: tuple[int, int] | None,
    file: dict[str, Any] | None,
) -> ChangedResource:
    schemas = table_schema(before.get("schema")), table_schema(after.get("schema"))
    schema = schema_diff(*schemas) if schemas != (None, None) else None
    if schema is not None and not schema.empty:
        fields = [change for change in fields if change["path"].split("/")[1] != "schema"]
    else:
        schema = None
    return ChangedResource(before, after, tuple(field_rows(fields, label, {})), schema, moved, file)


def _moved(before: list[str], after: list[str]) -> dict[str, tuple[int, int]]:
    """Return those that must be moved to make one order of the other, and their places."""
    place_before = {id_: place for place, id_ in enumerate(before, start=1)}
    place_after = {id_: place for place, id_ in enumerate(after, start=1)}
    kept_before = [id_ for id_ in before if id_ in place_after]
    kept_after = [id_ for id_ in after if id_ in place_before]
    blocks = SequenceMatcher(None, kept_before, kept_after, autojunk=False).get_matching_blocks()
    in_place = {id_ for block in blocks for id_ in kept_after[block.b : block.b + block.size]}
    return {id_: (place_before[id_], place_after[id_]) for id_ in kept_after if id_ not in in_place}


def _by_id(resources: Sequence[Resource]) -> dict[str, Resource]:
    return {str(resource.get("id") or resource.get("name")): resource for resource in resources}
