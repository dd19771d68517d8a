"""A revision in words, for those who gave none. The same words for the same change, always."""

from __future__ import annotations

from collections.abc import Sequence

from .model import ChangeSummary, ResourceChange, Visibility

_SHOWN = 3
_MAX_NAME = 60
_WHOLE = {
    "create": "Create dataset",
    "delete": "Delete dataset",
    "restore": "Restore dataset",
    "purge": "Purge dataset",
}
# Where a file changed, so did what CKAN says of it, such as its size: that goes without saying.
_OF_FILES = {"add": "add file of", "remove": "remove file of", "change": "replace file of"}
# Said in other words already.
_SPOKEN_FOR = frozenset({"private", "state"})


def describe(
    action: str,
    summary: ChangeSummary,
    *,
    before: Visibility | None = None,
    after: Visibility | None = None,
    name: str | None = None,
    reverted_to: str | None = None,
) -> str:
    """Return a message such as ``Change title; add resource prices.csv``.

    :param action: see ``CommitInfo``.
    :param summary: what changed.
    :param before: who could see the dataset before; None if that is not known.
    :param after: who can see it now; None if that is not known.
    :param name: the dataset's name now, for when it changed.
    :param reverted_to: the id of the revision whose content was restored, if any.
    """
    if action in _WHOLE:
        return _WHOLE[action]
    if action == "revert":
        return f"Revert to {reverted_to[:10]}" if reverted_to else "Revert dataset"
    parts = [*_visibility(before, after), *_fields(summary, name)]
    for verb, resources in (
        ("add", summary.added),
        ("remove", summary.removed),
        ("change", [resource for resource in summary.changed if not resource.file]),
    ):
        if resources:
            parts.append(f"{verb} {_resources(resources)}")
    for op, verb in _OF_FILES.items():
        resources = [resource for resource in summary.changed if resource.file == op]
        if resources:
            parts.append(f"{verb} {_some_resources(resources)}")
    if summary.reordered:
        parts.append("reorder resources")
    text = "; ".join(parts) or "update dataset"
    return text[0].upper() + text[1:]


def _visibility(before: Visibility | None, after: Visibility | None) -> list[str]:
    if before is None or after is None:
        return []
    parts = []
    if before.private != after.private:
        parts.append("make private" if after.private else "make public")
    if before.state != after.state:
        parts.append(f"change state to {_short(after.state)}")
    return parts


def _fields(summary: ChangeSummary, name: str | None) -> list[str]:
    fields = [field for field in summary.fields if field not in _SPOKEN_FOR]
    parts = []
    if name and "name" in fields:
        fields.remove("name")
        parts.append(f"rename to {_short(name)}")
    if fields:
        parts.append(f"change {_some(fields)}")
    return parts


def _resources(resources: Sequence[ResourceChange]) -> str:
    noun = "resource" if len(resources) == 1 else "resources"
    return f"{noun} {_some_resources(resources)}"


def _some_resources(resources: Sequence[ResourceChange]) -> str:
    return _some([resource.name or resource.id for resource in resources])


def _some(names: Sequence[str]) -> str:
    shown = [_short(name) for name in names[:_SHOWN]]
    more = len(names) - len(shown)
    if more:
        return f"{', '.join(shown)} and {more} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def _short(name: str) -> str:
    line = " ".join(name.split())
    return line if len(line) <= _MAX_NAME else line[: _MAX_NAME - 1] + "…"
