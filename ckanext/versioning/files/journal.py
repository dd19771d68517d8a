"""What a database transaction did to files: undone when it is rolled back, forgotten after it.

CKAN writes uploads to their place before it commits, and does not undo that.
"""

from __future__ import annotations

import logging
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from ckan import model
from ckan.model import meta

log = logging.getLogger(__name__)

STEPS = "versioning_file_steps"  # info of connection and session: what was done, in order

# How many steps were done before each savepoint. SQLAlchemy does not tell the name of a savepoint
# when it is made: it counts, and so does this.
_marks: WeakKeyDictionary[Any, list[int]] = WeakKeyDictionary()


class Step(Protocol):
    """Something that was done to a file."""

    def undo(self) -> None:
        """Make it as if it had not been done. Locks of the transaction are still held."""

    def forget(self) -> None:
        """Drop what it takes to undo it."""


def listen() -> None:
    """Attach to CKAN's session and engine; harmless to repeat."""
    for target, name, listener in (
        (meta.engine, "rollback", _rollback),
        (meta.engine, "commit", _commit),
        (meta.engine, "savepoint", _savepoint),
        (meta.engine, "rollback_savepoint", _rollback_savepoint),
        (model.Session, "after_commit", _after_commit),
        (model.Session, "after_transaction_end", _after_transaction_end),
    ):
        if not sa.event.contains(target, name, listener):
            sa.event.listen(target, name, listener)


def add(session: Any, step: Step) -> None:
    """Note what is done in the session's transaction, before it is done."""
    done = session.connection().info.setdefault(STEPS, [])
    session.info[STEPS] = done
    done.append(step)


def steps(session: Any) -> tuple[Step, ...]:
    """Return what the session's transaction has done, the earliest first."""
    return tuple(session.connection().info.get(STEPS, ()))


def undo(session: Any, step: Step) -> None:
    """Undo one step now."""
    session.connection().info[STEPS].remove(step)
    step.undo()


def _rollback(connection: Any) -> None:
    """Undo all, just before the database does."""
    if connection.invalidated or connection.closed:  # what is left is found by its marker
        return
    _undo_since(connection.info.pop(STEPS, []), 0)


def _savepoint(connection: Any, _name: None) -> None:
    _marks.setdefault(connection, []).append(len(connection.info.get(STEPS, ())))


def _rollback_savepoint(connection: Any, name: str, _context: Any) -> None:
    if connection.invalidated or connection.closed:
        return
    done = connection.info.get(STEPS)
    if done:
        number = int(name.rpartition("_")[2])  # sa_savepoint_1 is the connection's first
        _undo_since(done, _marks[connection][number - 1])


def _commit(connection: Any) -> None:
    """Let go of the steps; should COMMIT itself fail, their markers say what to do."""
    connection.info.pop(STEPS, None)


def _after_commit(session: Any) -> None:
    if session.in_nested_transaction():
        return
    for step in session.info.pop(STEPS, []):
        try:
            step.forget()
        except Exception:  # the change is committed: nothing may reach the caller
            log.exception("What was set aside of an upload is left over")


def _after_transaction_end(session: Any, transaction: Any) -> None:
    """Leave steps that could not be undone to their markers: no other commit is theirs."""
    if transaction.parent is None:
        session.info.pop(STEPS, None)


def _undo_since(done: list[Step], start: int) -> None:
    while len(done) > start:
        step = done.pop()
        try:
            step.undo()
        except Exception:  # the database has to roll back, whatever fails here
            log.exception("An upload that was rolled back is not undone yet; it will be retried")
