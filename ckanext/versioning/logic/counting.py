"""How many revisions a dataset has, without walking through its history each time."""

from __future__ import annotations

from typing import NamedTuple, cast

import ckan.plugins.toolkit as tk
from ckan.lib.redis import connect_to_redis

from .visibility import View

KEPT = 30 * 24 * 60 * 60  # seconds after which the count of a dataset that nobody visits is gone


class Count(NamedTuple):
    """The numbers of revisions up to a head: all, and those that were public."""

    head: str
    total: int
    public: int


def count(view: View) -> int:
    """Return how many revisions the caller sees.

    A history only grows, so what was counted up to an earlier head stays true; a head that is
    not in the history any more is never met, and all are counted anew.
    """
    backend = view.store.backend
    key = f"ckan:{tk.config['ckan.site_id']}:versioning:count:{view.dataset_id}"
    head = backend.head(view.dataset_id).id
    known = _read(key)
    if known.head != head:
        total = public = 0
        rest = Count("", 0, 0)
        for revision in backend.log(view.dataset_id, start=head):
            if revision.id == known.head:
                rest = known
                break
            total += 1
            public += revision.info.visibility.public
        known = Count(head, total + rest.total, public + rest.public)
        connect_to_redis().set(key, f"{head} {known.total} {known.public}", ex=KEPT)
    return known.total if view.complete else known.public


def _read(key: str) -> Count:
    value = cast("bytes | None", connect_to_redis().get(key))
    if value is None:
        return Count("", 0, 0)
    head, total, public = value.decode().split()
    return Count(head, int(total), int(public))
