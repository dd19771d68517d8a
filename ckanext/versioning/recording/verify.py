"""Is what CKAN believes to be recorded still there, and can it be read?"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from ..metastore import (
    BackendUnavailable,
    CorruptStore,
    DatasetNotFound,
    Problem,
    RevisionNotFound,
)
from . import outbox
from .engine import engine
from .metastore import get_metastore, metastore_id
from .tables import head

PAGE = 500


def recorded_ids() -> Iterator[str]:
    """Yield the ids of all datasets that should have a history."""
    with engine().connect() as connection:
        ids = list(connection.execute(sa.select(head.c.dataset_id)).scalars())
    yield from sorted(ids)


def stored_ids() -> Iterator[str]:
    """Yield the ids of all datasets that the metastore has."""
    store, last = get_metastore(), None
    while page := store.dataset_list(after=last, limit=PAGE):
        yield from page
        last = page[-1]


def verify_dataset(dataset_id: str) -> list[Problem]:
    """Read all of a dataset's history back.

    :returns: what is wrong; an empty list is good.
    """
    store, stored_id = get_metastore(), metastore_id(dataset_id)
    with engine().connect() as connection:
        expected = outbox.recorded_head(connection, dataset_id)
    try:
        problems = store.verify(stored_id)
        if expected is not None:
            store.revision_read(stored_id, expected)
    except DatasetNotFound:
        return [Problem(dataset_id, "its history is gone; restore it from a backup")]
    except RevisionNotFound:
        return [
            Problem(
                dataset_id,
                f"the newest recorded revision {expected} is gone; restore a newer backup",
            )
        ]
    except (BackendUnavailable, CorruptStore) as error:
        return [Problem(dataset_id, error.reason)]
    return problems
