"""The file of packed references, where several of them can change in one step.

Written here and not by libgit2, which reads the objects behind them while it packs, and hangs at
one that was cut short (see ``objects``).
"""

from __future__ import annotations

import os

from .layout import fsync_path, write_file

_HEADER = "# pack-refs with: peeled fully-peeled sorted \n"


class PackedRefs:
    """The packed references of a repository. The lock must be held from reading to writing.

    :param path: of the repository.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._entries: dict[str, str] = {}
        name = ""
        try:
            with open(self._file, encoding="utf-8", newline="\n") as file:
                for line in file:
                    if line.startswith("^"):
                        self._entries[name] += line
                    elif not line.startswith("#"):
                        name = line[41:].rstrip("\n")
                        self._entries[name] = line
        except FileNotFoundError:
            pass

    @property
    def _file(self) -> str:
        return os.path.join(self._path, "packed-refs")

    def put(self, name: str, target: str, peeled: str | None) -> None:
        """Set a reference.

        :param name: in full.
        :param target: the id of the object.
        :param peeled: where the object is a tag, the id of what it finally names.
        """
        self._entries[name] = f"{target} {name}\n" + (f"^{peeled}\n" if peeled else "")

    def remove(self, name: str) -> bool:
        """Take a reference out; return whether it was in."""
        return self._entries.pop(name, None) is not None

    def write(self, fsync: bool) -> None:
        """Replace the file, at once."""
        lock = self._file + ".lock"
        entries = sorted(self._entries.items(), key=lambda item: item[0].encode())
        try:
            write_file(lock, _HEADER + "".join(text for _, text in entries), fsync)
            os.rename(lock, self._file)
        except OSError:
            if os.path.exists(lock):
                os.unlink(lock)
            raise
        if fsync:
            fsync_path(self._path)
