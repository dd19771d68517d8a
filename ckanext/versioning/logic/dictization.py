"""The metastore's values as plain dicts for the API."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone
from typing import Any

from ..metastore import Author, ChangeSummary, ResourceChange, Revision, Tag


def revision_dict(revision: Revision, tags: Iterable[str] = ()) -> dict[str, Any]:
    """Return a revision as the API shows it.

    :param revision: the revision.
    :param tags: the names of its tags.
    """
    info = revision.info
    return {
        "id": revision.id,
        "parent": revision.parent,
        "time": iso(info.time),
        "author": author_dict(info.author),
        "message": info.message,
        "action": info.action,
        "reverted_to": info.reverted_to,
        "visibility": {"private": info.visibility.private, "state": info.visibility.state},
        "summary": summary_dict(info.summary),
        "tags": list(tags),
    }


def tag_dict(tag: Tag) -> dict[str, Any]:
    """Return a tag as the API shows it."""
    return {
        "name": tag.name,
        "description": tag.description,
        "author": author_dict(tag.author),
        "time": iso(tag.time),
        "revision_id": tag.revision_id,
        "revision_time": iso(tag.revision_time),
    }


def author_dict(author: Author) -> dict[str, Any]:
    """Return an author as the API shows one."""
    shown = {"id": author.id, "name": author.name}
    if author.email is not None:
        shown["email"] = author.email
    return shown


def summary_dict(summary: ChangeSummary) -> dict[str, Any]:
    """Return what a revision changed, without the values."""
    return {
        "fields": list(summary.fields),
        "resources_added": [_resource(change) for change in summary.added],
        "resources_removed": [_resource(change) for change in summary.removed],
        "resources_changed": [
            {**_resource(change), "fields": list(change.fields)} for change in summary.changed
        ],
        "resources_reordered": summary.reordered,
    }


def iso(time: datetime) -> str:
    """Return a time in UTC, always with the same number of digits, so that text sorts."""
    text = time.astimezone(timezone.utc).isoformat(timespec="microseconds")
    return text.replace("+00:00", "Z")


def tags_by_revision(tags: Iterable[Tag]) -> dict[str, list[str]]:
    """Return the names of tags by the id of the revision that they name."""
    names: dict[str, list[str]] = {}
    for tag in tags:
        names.setdefault(tag.revision_id, []).append(tag.name)
    return names


def _resource(change: ResourceChange) -> dict[str, Any]:
    return {"id": change.id, "name": change.name}
