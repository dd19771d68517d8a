"""Settings of libgit2, which hold for the whole process."""

from __future__ import annotations

import pygit2
from pygit2.enums import ConfigLevel

_OUTSIDE = (ConfigLevel.PROGRAMDATA, ConfigLevel.SYSTEM, ConfigLevel.XDG, ConfigLevel.GLOBAL)


def configure(fsync: bool) -> None:
    """Make libgit2 durable, and the same whoever runs it.

    :param fsync: whether objects and references are on the disk when a write returns.
    """
    # A service often has the home of the user who started it, and may not even look there.
    for level in _OUTSIDE:
        pygit2.settings.search_path[level] = ""
    # The owner of a folder below the store's is nothing that a stranger could choose.
    pygit2.settings.owner_validation = False
    if fsync:
        pygit2.settings.enable_fsync_gitdir(True)
