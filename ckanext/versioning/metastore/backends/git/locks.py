"""One writer per dataset, across threads and processes."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

PATIENCE = 30.0  # seconds; a writer that hangs must not hang all others with it
_PAUSE = 0.001


class Locks:
    """File locks that the kernel frees when their holder dies.

    They stand outside of the repositories, so that they survive a purge or move, and are a fixed
    number of files that are never removed: each dataset's id is hashed to one of them.

    :param folder: where the files are.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held = threading.local()

    @contextmanager
    def hold(self, *dataset_ids: str) -> Iterator[None]:
        """Keep other writers of the datasets out. The same thread may enter again."""
        names = sorted({_name(dataset_id) for dataset_id in dataset_ids})
        with ExitStack() as stack:
            for name in names:  # sorted, so that two movers can't wait for each other
                stack.enter_context(self._hold(name))
            yield

    @contextmanager
    def _hold(self, name: str) -> Iterator[None]:
        # A forked child inherits the record but not the right.
        held: set[tuple[int, str]] = self._held.__dict__.setdefault("names", set())
        mine = (os.getpid(), name)
        if mine in held:
            yield
            return
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        descriptor = os.open(self._folder / name, flags, 0o640)
        try:
            self._take(descriptor)
            held.add(mine)
            yield
        finally:
            held.discard(mine)
            # Closing alone would not do where a forked child holds a copy of the descriptor.
            fcntl.flock(descriptor, fcntl.LOCK_UN)
            os.close(descriptor)

    def _take(self, descriptor: int) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise TimeoutError(
                        errno.ETIMEDOUT, "another process keeps it locked", str(self._folder)
                    ) from None
                time.sleep(_PAUSE)
            else:
                return


def _name(dataset_id: str) -> str:
    return hashlib.sha256(dataset_id.encode()).hexdigest()[:3]
