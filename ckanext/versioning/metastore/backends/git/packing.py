"""Compaction: many loose objects become a pack, many small packs a large one.

Always in this order, so that a crash at any point loses nothing: the new pack is made elsewhere,
made durable, moved into place, and only then what it holds is removed from where it was.
"""

from __future__ import annotations

import os
import struct
from contextlib import suppress
from pathlib import Path

import pygit2

from .faults import Damaged
from .handle import Handle
from .layout import fsync_path

# Loose objects spread over 256 folders: so many are there after some 50 revisions.
_FOLDERS_DUE = 130
_AUTOMATIC_BYTES = 32 * 2**20
_AUTOMATIC_MERGE_BYTES = 2 * 2**20
_AUTOMATIC_PACKS = 10


def due(path: str) -> bool:
    """Say whether the repository has so many loose objects that packing pays."""
    return len(os.listdir(os.path.join(path, "objects"))) >= _FOLDERS_DUE


def pack(handle: Handle, temporary: str, *, everything: bool) -> None:
    """Pack loose objects, and with them the packs that it pays to merge. The lock must be held.

    :param handle: the repository.
    :param temporary: an empty folder on the same file system.
    :param everything: merge all packs; otherwise as much as does not make a write wait for long.
    :raises Damaged: if a pack is damaged; nothing was changed then.
    """
    loose = []
    for object_id in handle.objects.loose():
        try:
            handle.objects.read_loose(object_id)
        except Damaged:
            continue  # stays for verify to find
        loose.append(object_id)
    folder = Path(handle.path, "objects", "pack")
    packs = _mergeable(folder, everything)
    if not everything and _size(handle, loose) > _AUTOMATIC_BYTES:
        return
    if not loose and len(packs) < 2:
        return
    name = _write(handle, loose, packs, temporary)
    fsync_path(str(Path(temporary, f"{name}.pack")))
    fsync_path(str(Path(temporary, f"{name}.idx")))
    for suffix in (".pack", ".idx"):  # a pack counts from when its index is there
        os.rename(os.path.join(temporary, name + suffix), folder / (name + suffix))
    fsync_path(str(folder))
    for index in packs:
        if index.stem != name:
            for suffix in (".idx", ".rev", ".bitmap", ".pack"):
                index.with_suffix(suffix).unlink(missing_ok=True)
    _remove_loose(handle, loose)


def remove_leftovers(handle: Handle) -> None:
    """Delete what writers left that were killed. The lock must be held."""
    objects = Path(handle.path, "objects")
    for pattern in ("??/tmp_obj_*", "tmp_object_git2_*", "??/tmp_object_git2_*", "pack/*_git2_*"):
        for path in objects.glob(pattern):
            path.unlink(missing_ok=True)
    for path in (objects / "pack").glob("*.pack"):
        if not path.with_suffix(".idx").exists():
            path.unlink(missing_ok=True)


def _write(handle: Handle, loose: list[str], packs: list[Path], temporary: str) -> str:
    builder = pygit2.PackBuilder(handle.repository)
    for object_id in loose:
        builder.add(pygit2.Oid(hex=object_id))
    for index in packs:
        for object_id in _ids(index):
            builder.add(pygit2.Oid(hex=object_id))
    builder.write(temporary)
    for entry in os.listdir(temporary):
        if entry.endswith(".idx"):
            return entry.removesuffix(".idx")
    raise Damaged("no pack was written")


def _remove_loose(handle: Handle, loose: list[str]) -> None:
    objects = os.path.join(handle.path, "objects")
    for object_id in loose:
        os.unlink(os.path.join(objects, object_id[:2], object_id[2:]))
    for name in {object_id[:2] for object_id in loose}:
        with suppress(OSError):  # not empty
            os.rmdir(os.path.join(objects, name))


def _size(handle: Handle, loose: list[str]) -> int:
    objects = os.path.join(handle.path, "objects")
    return sum(os.stat(os.path.join(objects, name[:2], name[2:])).st_size for name in loose)


def _mergeable(folder: Path, everything: bool) -> list[Path]:
    """Return the indexes of the packs to merge.

    Without ``everything`` that is none, until there are several small ones. A pack joins only
    those that are together half its size, so each object is rewritten a few times at most.
    """
    if (folder / "multi-pack-index").exists():
        return []
    sized = []
    for index in folder.glob("pack-*.idx"):
        data = index.with_suffix(".pack")
        if data.exists() and not index.with_suffix(".keep").exists():
            sized.append((data.stat().st_size, index))
    sized.sort()
    if everything:
        return [index for _, index in sized]
    total, count = 0, 0
    for size, _ in sized:
        if count and (size > 2 * total or total + size > _AUTOMATIC_MERGE_BYTES):
            break
        total, count = total + size, count + 1
    return [index for _, index in sized[:count]] if count >= _AUTOMATIC_PACKS else []


def _ids(index: Path) -> list[str]:
    """Return the ids that a pack's index (version 2) lists."""
    data = index.read_bytes()
    if data[:8] != b"\377tOc\0\0\0\2":
        raise Damaged(f"{index.name} is no index of a pack")
    (count,) = struct.unpack_from(">I", data, 8 + 255 * 4)
    names = data[8 + 1024 : 8 + 1024 + 20 * count]
    if len(names) != 20 * count:
        raise Damaged(f"{index.name} is cut short")
    return [names[at : at + 20].hex() for at in range(0, len(names), 20)]
