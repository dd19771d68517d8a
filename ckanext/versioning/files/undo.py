"""Uploads that are rolled back: the file that they replaced is live again.

Before a write the live file is set aside, with a marker that names the database transaction. A
process that dies leaves the marker; whoever comes next learns from it what to do.
"""

from __future__ import annotations

import json
import logging
import time
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from .. import config
from . import records, rescue, uploaders
from .folders import DAY, make_folder, older
from .live import LiveFile

log = logging.getLogger(__name__)

_XID = sa.text("SELECT txid_current()")
# A transaction that the database does not know any more has no status; nor has one of a newer
# database than this, which was restored from a backup.
_STATUS = sa.text("""
    SELECT CASE WHEN :xid <= txid_current() THEN txid_status(:xid) END
""")
# Whoever writes to the resource holds this lock.
_LOCK = sa.text("""
    SELECT package.id FROM package JOIN resource ON resource.package_id = package.id
    WHERE resource.id = :resource_id
    FOR NO KEY UPDATE OF package SKIP LOCKED
""")
_EXISTS = sa.text("SELECT 1 FROM resource WHERE id = :resource_id")


@dataclass(frozen=True, slots=True)
class Marker:
    """What stands in a marker.

    :param xid: the database transaction.
    :param resource_id: the resource whose file is written.
    :param before: the identity of the file that was set aside; None if there was none.
    :param written: that of the file that was written; None before it is there.
    """

    xid: int
    resource_id: str
    before: str | None
    written: str | None = None


class Write:
    """A write to a live file: a step of the journal.

    :param live: the file.
    :param place: of the marker.
    :param marker: what it says.
    """

    def __init__(self, live: LiveFile, place: Path, marker: Marker) -> None:
        self._live = live
        self._place = place
        self._marker = marker

    @classmethod
    def begin(cls, connection: Connection, live: LiveFile, resource_id: str) -> Write:
        """Set the live file aside."""
        marker = Marker(connection.execute(_XID).scalar_one(), resource_id, live.identity())
        folder = _folder()
        make_folder(folder)
        write = cls(live, folder / f"{time.time_ns():020}-{uuid.uuid4().hex}.json", marker)
        write._save(marker)
        if marker.before is not None:
            live.set_aside(write._aside)
        return write

    def done(self) -> None:
        """Note what was written."""
        self._save(replace(self._marker, written=self._live.identity()))

    def undo(self) -> None:
        """Serve again what was served before."""
        if self._live.identity() != self._marker.before:
            if self._marker.before is None:
                self._live.remove()
            else:
                self._live.put_back(self._aside)
        self.forget()

    def forget(self) -> None:
        """Drop what was set aside."""
        if self._marker.before is not None:
            self._live.forget(self._aside)
        self._place.unlink(missing_ok=True)

    @property
    def resource_id(self) -> str:
        return self._marker.resource_id

    def settle(self, status: str | None, modified: datetime | None) -> None:
        """Undo or forget the write of a process that is gone.

        :param status: of its database transaction.
        :param modified: when the newest accepted file was uploaded; None if none was.
        """
        written, now = self._marker.written, self._live.identity()
        if written is None:  # its process was killed amid the write, or before
            is_live = modified is None or modified < self._begun
        else:
            is_live = now == written
        if status != "aborted" or not is_live:
            self.forget()
            return
        if written is None and now not in (None, self._marker.before):  # whose, nobody can tell
            rescue.rescue(self._live, self.resource_id).forget()
        log.warning(
            "The upload to resource %s was never accepted: the file before it is live again",
            self.resource_id,
        )
        self.undo()

    def _save(self, marker: Marker) -> None:
        self._marker = marker
        new = self._place.with_suffix(".new")
        new.write_text(json.dumps(asdict(marker)))
        new.replace(self._place)

    @property
    def _begun(self) -> datetime:
        nanoseconds = int(self._place.name.partition("-")[0])
        return datetime.fromtimestamp(nanoseconds / 10**9, timezone.utc)

    @property
    def _aside(self) -> Path:
        return self._place.with_suffix(".bytes")


def recover_resource(connection: Connection, live: LiveFile, resource_id: str) -> None:
    """Settle what processes that died have left of writes to a resource.

    :param connection: of a transaction that holds the lock of the resource's dataset.
    :param live: the resource's file.
    :param resource_id: the resource's id.
    """
    for place, marker in _markers():
        if marker.resource_id == resource_id:
            _settle(connection, Write(live, place, marker))


def recover(engine: Engine) -> None:
    """Settle all that processes that died have left, but what somebody is working on."""
    for place, marker in _markers():
        try:
            with engine.begin() as connection:
                live = uploaders.live_file({"id": marker.resource_id})
                if live is not None and _is_ours(connection, marker.resource_id):
                    _settle(connection, Write(live, place, marker))
        except Exception:  # other files, and the drain that asked, have nothing to do with it
            log.exception("An upload to resource %s can't be undone", marker.resource_id)


def sweep(*, age: float = DAY) -> None:
    """Remove files of writes that have no marker any more.

    :param age: in seconds; younger files may belong to a transaction that is going on.
    """
    if not config.has_storage_path():
        return
    for file in older(make_folder(_folder()), age):
        marker = file.with_name(file.name.partition(".")[0])
        if not any(marker.with_suffix(suffix).exists() for suffix in (".json", ".broken")):
            file.unlink(missing_ok=True)


def _settle(connection: Connection, write: Write) -> None:
    status = connection.execute(_STATUS, {"xid": write._marker.xid}).scalar()
    if status != "in progress":
        accepted = records.accepted(connection.engine, write.resource_id)
        write.settle(status, None if accepted is None else accepted.last_modified)


def _is_ours(connection: Connection, resource_id: str) -> bool:
    """Whether nobody else works on the resource; from then on nobody does."""
    values: dict[str, Any] = {"resource_id": resource_id}
    if connection.execute(_LOCK, values).first() is not None:
        return True
    return connection.execute(_EXISTS, values).first() is None  # its creation was rolled back


def _markers() -> Iterator[tuple[Path, Marker]]:
    """Yield the markers, the newest first: undone in that order, the oldest file is live."""
    if not config.has_storage_path():  # then nothing was uploaded either
        return
    for place in sorted(_folder().glob("*.json"), reverse=True):
        try:
            marker = Marker(**json.loads(place.read_text()))
        except FileNotFoundError:  # its process has just ended well
            continue
        except (ValueError, TypeError):  # a power cut: nobody can tell what to do
            log.error("%s can't be read; the file set aside is beside it", place)
            place.rename(place.with_suffix(".broken"))
            continue
        yield place, marker


def _folder() -> Path:
    return Path(config.files_path()) / "undo"
