"""Authors and times in the headers of commits and tags.

A header shows what git can hold; whatever it can't hold exactly stands in a trailer beside it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta, timezone

from ...model import Author

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_NOBODY = "Unknown"
_EMAIL = re.compile(r"[^\s<>\x00-\x1f\x7f]+")
_IDENT = re.compile(rb"(.*?) ?<([^>]*)> (-?[0-9]+) [+-][0-9]{4}")


def ident(author: Author, time: datetime) -> tuple[str, list[tuple[str, str]]]:
    """Return the header for an author and a time, and the trailers that complete it."""
    name = author.name or author.id
    shown = "".join(c for c in name if c.isprintable() and c not in "<>").strip() or _NOBODY
    email = author.email if author.email and _EMAIL.fullmatch(author.email) else ""
    seconds = (time - _EPOCH) // timedelta(seconds=1)
    trailers = []
    if author.id:
        trailers.append(("Author-Id", author.id))
    if author.name != ("" if shown == _NOBODY else shown):
        trailers.append(("Author-Name", author.name))
    if (author.email or "") != email or author.email == "":
        trailers.append(("Author-Email", author.email or ""))
    if time.microsecond or seconds < 0:
        trailers.append(("Time", time.isoformat()))
    return f"{shown} <{email}> {max(seconds, 0)} +0000", trailers


def read_ident(header: bytes, trailers: Mapping[str, str]) -> tuple[Author, datetime]:
    """Return the author and time that a header and trailers tell, as far as they do."""
    match = _IDENT.fullmatch(header)
    name, email, time = "", "", _EPOCH
    if match:
        name = match[1].decode("utf-8", "replace")
        email = match[2].decode("utf-8", "replace")
        time = from_seconds(int(match[3]))
    if name == _NOBODY:
        name = ""
    if "Time" in trailers:
        with suppress(ValueError, OverflowError):
            time = datetime.fromisoformat(trailers["Time"]).astimezone(timezone.utc)
    return (
        Author(
            id=trailers.get("Author-Id", ""),
            name=trailers.get("Author-Name", name),
            email=trailers.get("Author-Email", email or None),
        ),
        time,
    )


def read_seconds(header: bytes) -> int:
    """Return the time in a header as git's seconds; 0 if there is none."""
    match = _IDENT.fullmatch(header)
    return int(match[3]) if match else 0


def from_seconds(seconds: int) -> datetime:
    """Return the time that git's seconds mean; the epoch where no calendar reaches."""
    try:
        return _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return _EPOCH
