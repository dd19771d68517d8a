"""Processes of their own, forked: quicker than to start CKAN anew for each."""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from ckan import model


def fork(work: Callable[[], Any]) -> int:
    """Do the work in a process of its own; return its id."""
    model.Session.remove()  # no connection is in use that both would have
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        model.meta.engine.dispose(close=False)
        work()
        model.Session.remove()
        status = 0
    except BaseException:  # noqa: BLE001 - told by the exit code; nothing of pytest may run here
        traceback.print_exc()
    finally:
        os._exit(status)


def wait(child: int) -> int:
    """Return how the process ended: its exit code, or minus the signal that killed it."""
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code < 0:
        _wait_for_rollback()
    return code


def _wait_for_rollback() -> None:
    """PostgreSQL takes a moment to see that a process is gone, and then to let go of its locks."""
    with model.meta.engine.begin() as connection:
        connection.execute(sa.text("SELECT id FROM package FOR NO KEY UPDATE"))


def die(*_args: Any, **_kwargs: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_before(owner: Any, name: str) -> None:
    setattr(owner, name, die)


def die_after(owner: Any, name: str) -> None:
    original = getattr(owner, name)

    def wrapper(*args: Any, **kwargs: Any) -> None:
        original(*args, **kwargs)
        die()

    setattr(owner, name, wrapper)
