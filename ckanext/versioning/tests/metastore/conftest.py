"""Durability is libgit2's setting for a whole process: no test leaves it behind for the next."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def no_fsync_left_behind() -> Iterator[None]:
    yield
    try:
        import pygit2
    except ImportError:
        return
    pygit2.settings.enable_fsync_gitdir(False)
