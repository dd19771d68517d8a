"""Locks across forks: who holds them, and who gives them back."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

pytest.importorskip("pygit2")

from ckanext.versioning.metastore.backends.git import locks as module
from ckanext.versioning.metastore.backends.git.locks import Locks


def exit_code(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_a_child_does_not_hold_what_its_parent_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locks = Locks(tmp_path)
    with locks.hold("x"):
        child = os.fork()
        if not child:
            asked: list[int] = []
            monkeypatch.setattr(module.fcntl, "flock", lambda _, operation: asked.append(operation))
            with locks.hold("x"):
                os._exit(0 if fcntl.LOCK_EX | fcntl.LOCK_NB in asked else 1)
        assert exit_code(child) == 0


def test_a_child_does_not_keep_what_its_parent_gives_back(tmp_path: Path) -> None:
    locks = Locks(tmp_path)
    reader, writer = os.pipe()
    with locks.hold("x"):
        child = os.fork()
        if not child:
            os.close(writer)
            os.read(reader, 1)
            os._exit(0)
    try:
        (file,) = tmp_path.iterdir()
        with file.open() as other:
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        os.close(writer)
        os.close(reader)
        assert exit_code(child) == 0


def test_the_same_thread_may_enter_again_and_keeps_it(tmp_path: Path) -> None:
    locks = Locks(tmp_path)
    with locks.hold("x", "y"):
        with locks.hold("x"), locks.hold("y", "x"):
            pass
        for file in tmp_path.iterdir():
            with file.open() as other, pytest.raises(BlockingIOError):
                fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    for file in tmp_path.iterdir():
        with file.open() as other:
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_lock_is_given_back_after_an_error(tmp_path: Path) -> None:
    locks = Locks(tmp_path)
    with pytest.raises(KeyError), locks.hold("x"):
        raise KeyError
    with locks.hold("x"):
        pass
    (file,) = tmp_path.iterdir()
    with file.open() as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_nobody_waits_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0)
    locks = Locks(tmp_path)
    with locks.hold("x"):
        (file,) = tmp_path.iterdir()
    with file.open() as hung:
        fcntl.flock(hung, fcntl.LOCK_EX)
        waiting = locks.hold("x")
        with pytest.raises(TimeoutError, match="another process"):
            waiting.__enter__()
