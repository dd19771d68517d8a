"""What is kept, and what is only known by hash and size."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from .. import config
from .blobs import BlobStore
from .storage import get_blob_store

RECOUNT = 60 * 60  # seconds; other processes and the garbage collection change the total, too


@dataclass
class _Total:
    size: int
    counted_at: float


_lock = threading.Lock()
_totals: WeakKeyDictionary[BlobStore, _Total] = WeakKeyDictionary()


def allow(sha256: str, size: int) -> bool:
    """Whether a file may be kept.

    :param sha256: its hash; what is there already takes no more room.
    :param size: in bytes.
    """
    largest, quota = config.max_file_size(), config.file_quota()
    if largest and size > largest:
        return False
    if not quota:
        return True
    store = get_blob_store()
    return store.stat(sha256) is not None or _kept(store) + size <= quota


def fits(size: int) -> bool:
    """Whether a file that was not kept would be kept now; with a quota, nobody can tell."""
    largest = config.max_file_size()
    return not config.file_quota() and (not largest or size <= largest)


def count(store: BlobStore, size: int) -> None:
    """Add what was just kept to the total."""
    with _lock:
        if store in _totals:
            _totals[store].size += size


def _kept(store: BlobStore) -> int:
    """Return how many bytes are kept in all, as far as this process knows."""
    with _lock:
        total = _totals.get(store)
        if total is None or time.monotonic() - total.counted_at > RECOUNT:
            size = sum(blob.size for blob in store.iterate())
            total = _totals[store] = _Total(size, time.monotonic())
        return total.size
