"""The file of packed references, where several of them can change in one step."""

from __future__ import annotations

import os

from .layout import fsync_path, write_file

_HEADER = "# pack-refs with: peeled fully-peeled sorted \n"


def remove(path: str, name: str, fsync: bool) -> None:
    """Take a reference out of the file, if it is in there. The lock must be held.

    :param path: of the repository.
    :param name: of the reference, in full.
    """
    references = _read(path)
    if references.pop(name, None) is not None:
        _write(path, references, fsync)


def replace(path: str, name: str, new_name: str, tag: str, revision_id: str, fsync: bool) -> None:
    """Put an annotated tag in the place of another reference, which must be in the file only.

    :param path: of the repository.
    :param name: of the reference to replace, in full.
    :param new_name: of the tag's reference, in full.
    :param tag: the id of the tag object.
    :param revision_id: the id that the tag names.
    """
    references = _read(path)
    references.pop(name, None)
    references[new_name] = f"{tag} {new_name}\n^{revision_id}\n"
    _write(path, references, fsync)


def _read(path: str) -> dict[str, str]:
    references: dict[str, str] = {}
    name = ""
    try:
        with open(os.path.join(path, "packed-refs"), encoding="utf-8", newline="\n") as file:
            for line in file:
                if line.startswith("^"):
                    references[name] += line
                elif not line.startswith("#"):
                    name = line[41:].rstrip("\n")
                    references[name] = line
    except FileNotFoundError:
        pass
    return references


def _write(path: str, references: dict[str, str], fsync: bool) -> None:
    lock = os.path.join(path, "packed-refs.lock")
    entries = sorted(references.items(), key=lambda item: item[0].encode())
    try:
        write_file(lock, _HEADER + "".join(text for _, text in entries), fsync)
        os.rename(lock, os.path.join(path, "packed-refs"))
    finally:
        if os.path.exists(lock):
            os.unlink(lock)
    if fsync:
        fsync_path(path)
