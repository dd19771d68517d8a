"""The live file of a resource: what CKAN serves now, wherever its uploader keeps it.

CKAN asks an uploader for each resource; plugins bring their own. What recording needs of the file
is behind :class:`LiveFile`. A package that has an uploader of another kind names a function under
the entry point ``ckanext.versioning.live_files``.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Protocol

from ckan.lib.uploader import ResourceUpload

from . import linking

GROUP = "ckanext.versioning.live_files"


class LiveFile(Protocol):
    """The bytes that CKAN serves for a resource."""

    def signature(self) -> str | None:
        """Return what changes whenever the file is replaced; None if there is no file.

        It is asked for at each change of the dataset, so it must not read the file.
        """

    def identity(self) -> str | None:
        """Return what tells the bytes that are there now from others; None if there are none."""

    def size(self) -> int:
        """Return how many bytes the file has."""

    def keep(self, target: Path) -> None:
        """Give the bytes a name on this machine under which they never change.

        :param target: a path that does not exist; either it has all bytes, or it is not made.
        """

    def set_aside(self, aside: Path) -> None:
        """Save the file as it is, so that it can be put back.

        :param aside: a path of this transaction's own; a storage elsewhere may take its name only.
        """

    def put_back(self, aside: Path) -> None:
        """Serve again what was set aside; harmless to repeat."""

    def forget(self, aside: Path) -> None:
        """Drop what was set aside."""

    def remove(self) -> None:
        """Remove the file, if there is one."""

    def writing(self) -> AbstractContextManager[None]:
        """Make the uploader's next write leave alone what was kept and what was set aside."""


#: From an uploader and a resource's id to the live file; None if it is another's to know.
Finder = Callable[[Any, "dict[str, Any]"], "LiveFile | None"]


class LocalFile:
    """A file on this machine.

    :param path: of the file.
    :param replaced: whether its writer replaces it (temporary name, rename) and never edits it,
        so that a hard link keeps its bytes.
    """

    def __init__(self, path: str, *, replaced: bool) -> None:
        self.path = Path(path)
        self._keep = linking.link if replaced else linking.copy

    def signature(self) -> str | None:
        try:
            found = self.path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        return f"{found.st_ino}-{found.st_mtime_ns}-{found.st_size}"

    def identity(self) -> str | None:
        return self.signature()

    def size(self) -> int:
        return self.path.stat().st_size

    def keep(self, target: Path) -> None:
        self._keep(self.path, target)

    def set_aside(self, aside: Path) -> None:
        self._keep(self.path, aside)

    def put_back(self, aside: Path) -> None:
        if aside.exists():
            linking.move(aside, self.path)

    def forget(self, aside: Path) -> None:
        aside.unlink(missing_ok=True)

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)

    def writing(self) -> AbstractContextManager[None]:
        return nullcontext()


def of_resource_upload(uploader: Any, resource: dict[str, Any]) -> LiveFile | None:
    """The file of CKAN's ``ResourceUpload``, which renames a temporary file at each upload."""
    if not isinstance(uploader, ResourceUpload) or not uploader.storage_path:
        return None
    replaced = type(uploader).upload is ResourceUpload.upload
    return LocalFile(os.fspath(uploader.get_path(resource["id"])), replaced=replaced)


def find(uploader: Any, resource: dict[str, Any]) -> LiveFile | None:
    """Return the live file of a resource; None if the uploader is of no known kind.

    :param uploader: CKAN's for the resource.
    :param resource: its dict; ``id`` is enough for all but the signature.
    """
    for finder in _finders():
        found = finder(uploader, resource)
        if found is not None:
            return found
    return None


@functools.cache
def _finders() -> tuple[Finder, ...]:
    others = tuple(item.load() for item in entry_points(group=GROUP))
    return (*others, of_resource_upload, *_of_this_ckan())


def _of_this_ckan() -> tuple[Finder, ...]:
    try:
        from ckan.lib.uploader import FKResourceUpload  # noqa: F401 - CKAN 2.12 has it
    except ImportError:
        return ()
    from .live_storage import of_file_keeper_upload

    return (of_file_keeper_upload,)
