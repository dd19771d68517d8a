"""Files that were about to be replaced though no revision may have them: they are kept.

A capture that failed, or a plugin that was off, leaves files that were accepted but never
recorded. Nobody can tell which revision is theirs; an operator finds them by resource and time.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from .. import config
from . import journal, records, uploaders
from .folders import make_folder
from .live import LiveFile

log = logging.getLogger(__name__)

_TIME = "%Y%m%dT%H%M%S.%fZ"
_SHAPE = f"{'[0-9]' * 8}T{'[0-9]' * 6}.{'[0-9]' * 6}Z"


@dataclass(frozen=True, slots=True)
class Rescued:
    """A file that was kept: a step of the journal.

    :param resource_id: whose live file it was.
    :param time: when it was replaced.
    """

    resource_id: str
    time: datetime

    @property
    def path(self) -> Path:
        """Where it is."""
        return _folder() / f"{self.resource_id}_{self.time.strftime(_TIME)}"

    def undo(self) -> None:
        """Drop it: it is live again."""
        self.path.unlink(missing_ok=True)

    def forget(self) -> None:
        """Leave it there, and say so."""
        log.warning(
            "The file that was now replaced in resource %s may never have been recorded: "
            "it is kept as %s",
            self.resource_id,
            self.path,
        )


def rescue(live: LiveFile, resource_id: str) -> Rescued:
    """Keep a file that is about to be replaced."""
    rescued = Rescued(resource_id, datetime.now(timezone.utc))
    make_folder(_folder())
    live.keep(rescued.path)
    return rescued


def rescue_uncaptured(session: Any, live: LiveFile, resource_id: str) -> None:
    """Keep the live file if its dataset has a history, but the file was never captured.

    :param session: whose transaction is about to replace the file.
    :param live: the file.
    :param resource_id: the resource's id.
    """
    if live.signature() is None:
        return
    accepted = records.accepted(session.connection().engine, resource_id)
    if accepted is None or not accepted.has_history:
        return
    # in a storage elsewhere, the signature is made of the resource, as it was accepted
    known = uploaders.live_file(accepted.resource)
    if known is None or known.signature() == accepted.signature or live.identity() is None:
        return
    journal.add(session, rescue(live, resource_id))


def rescued() -> Iterator[Rescued]:
    """Yield the files that were kept, by resource and time."""
    if not config.has_storage_path():
        return
    for file in sorted(_folder().glob(f"*_{_SHAPE}")):  # there may be copies in the making
        resource_id, _, time = file.name.rpartition("_")
        parsed = datetime.strptime(time, _TIME).replace(tzinfo=timezone.utc)
        yield Rescued(resource_id, parsed)


def _folder() -> Path:
    return Path(config.files_path()) / "rescued"
