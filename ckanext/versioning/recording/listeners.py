"""SQLAlchemy session events: which datasets does a transaction touch, and when does it commit.

CKAN's plugin hooks miss a third of the changes (memberships, bulk updates, purges, relationships,
vocabularies); the session sees them all.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ckan.plugins as p
import sqlalchemy as sa
from ckan import model

from . import actor, links, shown
from .capture import capture
from .drain import drain_soon
from .errors import CaptureFailed, CommitWhileShown

TOUCHED = "versioning_touched"  # session.info: dataset id -> who touched it first
CAPTURING = "versioning_capturing"  # session.info: present while datasets are shown
CAPTURED = "versioning_captured"  # session.info: dataset ids with a new outbox row
COMMITTED = "versioning_committed"  # session.info: the same, once the row is durable

# table -> the columns that name the datasets a row belongs to
OWNERS = {
    "package": ("id",),
    "resource": ("package_id",),
    "package_extra": ("package_id",),
    "package_tag": ("package_id",),
    "member": ("table_id",),
    "package_relationship": ("subject_package_id", "object_package_id"),
}


def listen() -> None:
    """Attach to CKAN's session; once per process, whatever happens to the plugin."""
    for listener in (
        after_flush,
        do_orm_execute,
        before_commit,
        after_commit,
        after_soft_rollback,
        after_transaction_end,
    ):
        if not sa.event.contains(model.Session, listener.__name__, listener):
            sa.event.listen(model.Session, listener.__name__, listener)


def after_flush(session: Any, _flush_context: Any) -> None:
    """Collect the datasets of the objects that were just written."""
    changed = (item for item in session.dirty if session.is_modified(item))
    for item in (*session.new, *session.deleted, *changed):
        table = getattr(sa.inspect(item).mapper.local_table, "name", "")  # a join has none
        if table == "member" and item.table_name != "package":
            continue
        _touch(session, (getattr(item, column) for column in OWNERS.get(table, ())))
        if table == "package":
            shown.hold(session, item.id)


def do_orm_execute(execution: Any) -> None:
    """Collect the datasets of an UPDATE or DELETE that bypasses the objects."""
    statement = execution.statement
    if not (execution.is_update or execution.is_delete):
        return
    table = statement.table
    for column in OWNERS.get(getattr(table, "name", ""), ()):
        affected = sa.select(table.c[column]).where(*statement._where_criteria)
        values = execution.parameters or {}
        if isinstance(values, list):  # one set of values per primary key, and no WHERE
            affected, values = affected.where(table.c.id.in_([row["id"] for row in values])), {}
        ids = execution.session.connection().execute(affected, values)
        _touch(execution.session, ids.scalars())


def before_commit(session: Any) -> None:
    """Note what changed in the outbox, as the last thing that the transaction does."""
    if session.in_nested_transaction() or not p.plugin_loaded("versioning"):
        return
    if CAPTURING in session.info:
        raise CommitWhileShown
    session.flush()
    session.info[CAPTURING] = True
    try:
        _capture_touched(session)
    finally:
        session.info.pop(CAPTURING, None)


def _capture_touched(session: Any) -> None:
    touched = session.info.pop(TOUCHED, {})
    for dataset_id in sorted(touched):  # sorted: two transactions lock in the same order
        try:
            written = capture(session, dataset_id, touched[dataset_id])
        except CaptureFailed as refusal:
            refusal.touched = tuple(touched)
            raise
        if written:
            session.info.setdefault(CAPTURED, []).append(dataset_id)


def after_commit(session: Any) -> None:
    """Remember that the outbox rows are durable; SQL is not allowed here."""
    if not session.in_nested_transaction() and CAPTURED in session.info:
        session.info[COMMITTED] = session.info.pop(CAPTURED)


def after_soft_rollback(session: Any, _previous_transaction: Any) -> None:
    """Rely on nothing that a savepoint may have undone."""
    shown.forget(session)


def after_transaction_end(session: Any, transaction: Any) -> None:
    """Hand over what was committed, forget what was rolled back."""
    if transaction.parent is not None:
        return
    session.info.pop(TOUCHED, None)
    session.info.pop(CAPTURED, None)
    shown.forget(session)
    committed = session.info.pop(COMMITTED, None)
    if committed:
        drain_soon(committed)
        links.fetch_soon(committed)


def _touch(session: Any, dataset_ids: Iterable[str | None]) -> None:
    touched = session.info.setdefault(TOUCHED, {})
    for dataset_id in filter(None, dataset_ids):
        shown.outdate(session, dataset_id)
        if not (dataset_id in touched and touched[dataset_id].user):
            touched[dataset_id] = actor.current()
