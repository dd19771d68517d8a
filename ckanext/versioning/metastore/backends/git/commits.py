"""Revisions as git commits, and tags as annotated tag objects."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ...model import (
    Author,
    ChangeSummary,
    CommitInfo,
    ResourceChange,
    Revision,
    Tag,
    Visibility,
)
from . import trailers
from .idents import ident, read_ident

_ID = re.compile(rb"[0-9a-f]{40}")
_TAGGED = "tag"


@dataclass(frozen=True, slots=True)
class Headers:
    """What a commit or tag object says before its message."""

    values: dict[bytes, bytes]
    message: bytes

    def id(self, key: bytes) -> str | None:
        """Return the object id under a key."""
        value = self.values.get(key)
        return value.decode() if value and _ID.fullmatch(value) else None

    def text(self) -> str:
        """Return the message; foreign commits may be in another encoding."""
        encoding = self.values.get(b"encoding", b"utf-8").decode("ascii", "replace")
        try:
            return self.message.decode(encoding, "replace")
        except LookupError:
            return self.message.decode("utf-8", "replace")


def read_headers(data: bytes) -> Headers:
    """Split an object into headers and message. Of a repeated header the first counts."""
    head, _, message = data.partition(b"\n\n")
    values: dict[bytes, bytes] = {}
    for line in head.split(b"\n"):
        key, _, value = line.partition(b" ")
        values.setdefault(key, value)
    return Headers(values, message)


def encode_commit(tree: str, parent: str | None, info: CommitInfo) -> bytes:
    """Return a commit object."""
    who, more = ident(info.author, info.time)
    lines = [f"tree {tree}"]
    if parent is not None:
        lines.append(f"parent {parent}")
    lines += [f"author {who}", f"committer {who}"]
    ends = [(trailers.FIRST, info.action), *more]
    if info.visibility.private:
        ends.append(("Private", "true"))
    if info.visibility.state != "active":
        ends.append(("State", info.visibility.state))
    if info.reverted_to is not None:
        ends.append(("Reverted-To", info.reverted_to))
    if info.change_id is not None:
        ends.append(("Change-Id", info.change_id))
    if not info.summary.empty:
        ends.append(("Summary", _encode_summary(info.summary)))
    return ("\n".join(lines) + "\n\n" + trailers.join(info.message, ends)).encode()


def decode_commit(dataset_id: str, revision_id: str, headers: Headers) -> Revision:
    """Return the revision of a commit; one that plain git made gets what can be told of it."""
    message, ends = trailers.split(headers.text())
    parent = headers.id(b"parent")
    author, time = read_ident(headers.values.get(b"committer", b""), ends)
    return Revision(
        revision_id,
        dataset_id,
        parent,
        CommitInfo(
            author=author,
            time=time,
            message=message,
            action=ends.get(trailers.FIRST, "update" if parent else "create"),
            summary=_decode_summary(ends.get("Summary", "{}")),
            visibility=Visibility(ends.get("Private") == "true", ends.get("State", "active")),
            reverted_to=ends.get("Reverted-To"),
            change_id=ends.get("Change-Id"),
        ),
    )


def commit_time(headers: Headers) -> datetime:
    """Return the time of a commit, as its revision has it."""
    _, ends = trailers.split(headers.text())
    return read_ident(headers.values.get(b"committer", b""), ends)[1]


def encode_tag(tag: Tag) -> bytes:
    """Return an annotated tag object."""
    who, more = ident(tag.author, tag.time)
    lines = f"object {tag.revision_id}\ntype commit\ntag {tag.name}\ntagger {who}\n\n"
    return (lines + trailers.join(tag.description, [(trailers.FIRST, _TAGGED), *more])).encode()


def decode_tag(name: str, revision_id: str, revision_time: datetime, headers: Headers) -> Tag:
    """Return the tag that an annotated tag object holds."""
    description, ends = trailers.split(headers.text())
    author, time = read_ident(headers.values.get(b"tagger", b""), ends)
    return Tag(name, description, author, time, revision_id, revision_time)


def is_ours(headers: Headers) -> bool:
    """Say whether we made the tag object, so that its target was checked."""
    return bool(trailers.split(headers.text())[1])


def lightweight_tag(name: str, revision_id: str, time: datetime) -> Tag:
    """Return a tag that is just a name for a commit."""
    return Tag(name, "", Author(), time, revision_id, time)


def _encode_summary(summary: ChangeSummary) -> str:
    value: dict[str, Any] = {}
    if summary.fields:
        value["fields"] = summary.fields
    for key in ("added", "removed", "changed"):
        resources = getattr(summary, key)
        if resources:
            value[key] = [_encode_resource(resource) for resource in resources]
    if summary.reordered:
        value["reordered"] = True
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _encode_resource(resource: ResourceChange) -> list[Any]:
    more = [resource.fields, resource.file] if resource.file else [resource.fields]
    return [resource.id, resource.name, *(more if any(more) else [])]


def _decode_resource(
    id: object, name: object, fields: Iterable[object] = (), file: object = ""
) -> ResourceChange:
    return ResourceChange(str(id), str(name), tuple(map(str, fields)), str(file))


def _decode_summary(text: str) -> ChangeSummary:
    try:
        value = json.loads(text)
        resources = {
            key: tuple(_decode_resource(*resource) for resource in value.get(key, ()))
            for key in ("added", "removed", "changed")
        }
        return ChangeSummary(
            fields=tuple(map(str, value.get("fields", ()))),
            reordered=value.get("reordered") is True,
            **resources,
        )
    except (ValueError, TypeError, LookupError, AttributeError):
        return ChangeSummary()  # whatever a foreign commit has under this name
