"""What the tests of recording ask of CKAN, the outbox and the metastore."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from ckan.model import Session, meta

from ckanext.versioning.metastore import Revision
from ckanext.versioning.recording import snapshot
from ckanext.versioning.recording.metastore import get_metastore
from ckanext.versioning.recording.tables import outbox


def history(dataset_id: str) -> list[Revision]:
    """Return all revisions, newest first."""
    return get_metastore().revision_list(dataset_id, limit=1000)


def fresh(dataset_id: str) -> dict[str, Any]:
    """Return the dataset as the database has it, past every cache."""
    Session.remove()
    return snapshot.show(dataset_id)


def pending(dataset_id: str) -> int:
    """Return how many changes of the dataset wait in the outbox."""
    query = sa.select(sa.func.count()).where(outbox.c.dataset_id == dataset_id)
    with meta.engine.connect() as connection:
        return connection.execute(query).scalar()


def names_of(changes) -> list[tuple[str, str]]:
    return [(change.id, change.name) for change in changes]
