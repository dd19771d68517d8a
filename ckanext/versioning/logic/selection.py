"""Which revisions of a history a caller asks for."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import dropwhile, islice, takewhile
from typing import Any

import ckan.plugins.toolkit as tk

from ..metastore import ChangeSummary, Revision, RevisionNotFound
from .visibility import View


def selected(view: View, data: dict[str, Any]) -> Iterator[Revision]:
    """Return the revisions that the caller asks for, newest first, lazily.

    :param view: the history as the caller sees it.
    :param data: the validated parameters of ``dataset_revision_list``.
    """
    found = _in_range(view, data)
    if data["tagged"]:
        found = _tagged(view, found)
    if "resource" in data or "field" in data:
        resource, field = data.get("resource"), data.get("field")
        found = (
            revision
            for revision in found
            # what a revision changed is told to the caller relative to what he sees
            if _touches(view.present([revision])[0].info.summary, resource, field)
        )
    return found


def _in_range(view: View, data: dict[str, Any]) -> Iterator[Revision]:
    if "before" in data and "after" in data:
        raise tk.ValidationError({"after": [tk._("Give either before or after, not both")]})
    found: Iterator[Revision]
    if "before" in data:
        before = view.resolve(data["before"], "before")
        found = islice(view.log(start=before.id), 1, None)
    else:
        found = _until(view, data)
    if "until" in data:
        found = dropwhile(lambda revision: revision.info.time > data["until"], found)
    if "after" in data:
        after = view.resolve(data["after"], "after")
        found = takewhile(lambda revision: revision.id != after.id, found)
    if "since" in data:
        found = takewhile(lambda revision: revision.info.time >= data["since"], found)
    return found


def _until(view: View, data: dict[str, Any]) -> Iterator[Revision]:
    if "until" not in data:
        return view.log()
    try:
        start = view.history.at(data["until"])
    except RevisionNotFound:
        return iter(())
    return view.log(start=start.id)


def _tagged(view: View, found: Iterator[Revision]) -> Iterator[Revision]:
    left = {tag.revision_id for tag in view.store.tag_list(view.dataset_id)}
    for revision in found:
        if not left:
            return
        if revision.id in left:
            left.discard(revision.id)
            yield revision


def _touches(summary: ChangeSummary, resource: str | None, field: str | None) -> bool:
    if resource is None:
        return field in summary.fields
    if field is None:
        touched = (*summary.added, *summary.removed, *summary.changed)
        return any(change.id == resource for change in touched)
    return any(change.id == resource and field in change.fields for change in summary.changed)
