"""References to revisions: parsed once, resolved over any history in one place.

A text can be read in several ways; ``resolve`` tries them in this order and takes the first that
names a revision:

1. ``head`` (or ``HEAD``): the newest; ``head~N``: the N-th before it;
2. a full revision id (40 or 64 hexadecimal digits);
3. the exact name of a tag;
4. a unique prefix of a revision id, 7 digits or more;
5. an ISO 8601 instant: the newest revision that is not younger. A date alone means its first
   moment, a time without an offset is UTC.

So a tag called ``2020-01-01`` wins over the date, and one that plain git called ``deadbeef`` over
the prefix.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Protocol

from .backend import Backend
from .errors import AmbiguousRef, InvalidName, InvalidRef, RevisionNotFound, TagNotFound
from .model import Revision, Tag
from .names import check_tag_lookup

MAX_REF = 255
MIN_PREFIX = 7
# No history is longer; it spares a walk to the end of one for a number that nobody means.
MAX_BACK = 10**9

_HEAD = re.compile(r"(?:head|HEAD)(?:~([0-9]+))?")
_HEX = re.compile(r"[0-9a-fA-F]{7,64}")
_INSTANT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?"
    r"(?:([Zz])|([+-])(\d\d)(?::?(\d\d))?)?)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Ref:
    """What a text could mean. At least one of the readings is not None.

    :param text: as it was given.
    :param back: how many revisions before the head; None if it does not start with ``head``.
    :param id: lower-case hexadecimal digits, a whole id or the beginning of one.
    :param tag: a tag's name.
    :param time: an instant, in UTC.
    """

    text: str
    back: int | None = None
    id: str | None = None
    tag: str | None = None
    time: datetime | None = None


class History(Protocol):
    """The revisions among which a reference is resolved.

    Whoever may see only some of them is given a history of those.
    """

    @property
    def dataset_id(self) -> str:
        """The dataset whose history it is."""

    def head(self) -> Revision:
        """Return the newest revision."""

    def first(self) -> Revision:
        """Return the oldest revision."""

    def nth(self, n: int) -> Revision:
        """Return the n-th revision before the head. :raises RevisionNotFound: if there is none."""

    def revision(self, revision_id: str) -> Revision:
        """Return the revision of this id. :raises RevisionNotFound: if there is none."""

    def find(self, prefix: str) -> Sequence[str]:
        """Return the ids that start with the prefix, sorted."""

    def at(self, time: datetime) -> Revision:
        """Return the newest not younger. :raises RevisionNotFound: if all are younger."""

    def tag(self, name: str) -> Tag:
        """Return the tag of this name. :raises TagNotFound: if there is none."""


@dataclass(frozen=True, slots=True)
class BackendHistory:
    """The whole history of a dataset in a backend.

    :param backend: where it is stored.
    :param dataset_id: the dataset's id.
    """

    backend: Backend
    dataset_id: str

    def head(self) -> Revision:
        """Return the newest revision."""
        return self.backend.head(self.dataset_id)

    def first(self) -> Revision:
        """Return the oldest revision."""
        return self.backend.first(self.dataset_id)

    def nth(self, n: int) -> Revision:
        """Return the n-th revision before the head."""
        return self.backend.nth(self.dataset_id, n)

    def revision(self, revision_id: str) -> Revision:
        """Return the revision of this id."""
        return self.backend.revision(self.dataset_id, revision_id)

    def find(self, prefix: str) -> Sequence[str]:
        """Return the ids that start with the prefix, sorted."""
        return self.backend.find(self.dataset_id, prefix)

    def at(self, time: datetime) -> Revision:
        """Return the newest revision that is not younger."""
        return self.backend.at(self.dataset_id, time)

    def tag(self, name: str) -> Tag:
        """Return the tag of this name."""
        return self.backend.tag_read(self.dataset_id, name)


def parse(text: object) -> Ref:
    """Return what the text could mean.

    :param text: a reference as a user wrote it.
    :raises InvalidRef: if it can't be a reference at all.
    """
    if not isinstance(text, str):
        raise InvalidRef(repr(text), "not_text")
    if not text:
        raise InvalidRef(text, "empty")
    if len(text) > MAX_REF:
        raise InvalidRef(text, "too_long", limit=MAX_REF)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidRef(text, "not_unicode") from None
    head = _HEAD.fullmatch(text)
    if head:
        return Ref(text, back=int(head[1] or 0))
    ref = Ref(
        text,
        id=text.lower() if _HEX.fullmatch(text) else None,
        tag=_tag(text),
        time=_instant(text),
    )
    if ref.id is None and ref.tag is None and ref.time is None:
        raise InvalidRef(text, "no_form")
    return ref


def resolve(ref: Ref | str, history: History, *, now: datetime | None = None) -> Revision:
    """Return the revision that a reference names.

    :param ref: the reference, parsed or as text.
    :param history: the revisions among which it is looked for.
    :param now: the present, for tests; instants after it are refused.
    :raises InvalidRef: if it can't be a reference, or is an instant in the future or before the
        first revision.
    :raises AmbiguousRef: if it is a prefix of several ids.
    :raises RevisionNotFound: if it names no revision.
    """
    if not isinstance(ref, Ref):
        ref = parse(ref)
    if ref.back is not None:
        return _back(ref, ref.back, history)
    if ref.id is not None and len(ref.id) in (40, 64):
        try:
            return history.revision(ref.id)
        except RevisionNotFound:
            pass
    if ref.tag is not None:
        try:
            return history.revision(history.tag(ref.tag).revision_id)
        except TagNotFound:
            pass
    if ref.id is not None:
        candidates = tuple(history.find(ref.id))
        if len(candidates) > 1:
            raise AmbiguousRef(ref.text, candidates)
        if candidates:
            return history.revision(candidates[0])
    if ref.time is not None:
        return _at(ref, ref.time, history, now or datetime.now(timezone.utc))
    history.head()  # a dataset that is not there is the more telling error
    raise RevisionNotFound(history.dataset_id, ref.text)


def _back(ref: Ref, back: int, history: History) -> Revision:
    if back == 0:
        return history.head()
    if back > MAX_BACK:
        history.head()
        raise RevisionNotFound(history.dataset_id, ref.text)
    try:
        return history.nth(back)
    except RevisionNotFound:
        raise RevisionNotFound(history.dataset_id, ref.text) from None


def _at(ref: Ref, time: datetime, history: History, now: datetime) -> Revision:
    if time > now:
        history.head()
        raise InvalidRef(ref.text, "future")
    try:
        return history.at(time)
    except RevisionNotFound:
        first = history.first().info.time.isoformat().replace("+00:00", "Z")
        raise InvalidRef(ref.text, "before_first", time=first) from None


def _tag(text: str) -> str | None:
    try:
        return check_tag_lookup(text)
    except InvalidName:
        return None


def _instant(text: str) -> datetime | None:
    match = _INSTANT.fullmatch(text)
    if not match:
        return None
    year, month, day, hour, minute, second, fraction, _zulu, sign, hours, minutes = match.groups()
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    try:
        return datetime(
            int(year),
            int(month),
            int(day),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
            int((fraction or "0")[:6].ljust(6, "0")),
            timezone(-offset if sign == "-" else offset),
        ).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None
