"""Tags as references to annotated tag objects; those that plain git made are read too."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

import pygit2

from ...errors import RevisionNotFound, TagExists, TagNotFound
from ...model import Tag
from .commits import commit_time, decode_tag, encode_tag, is_ours, lightweight_tag, read_headers
from .faults import Damaged
from .handle import Handle
from .layout import fsync_path
from .objects import COMMIT, TAG
from .packed_refs import PackedRefs

_PREFIX = "refs/tags/"
# A tag of a tag of a tag is an oddity, a circle is damage.
_MAX_NESTING = 10
_MANY = 100


def create(handle: Handle, tag: Tag) -> None:
    """Store a new tag. The lock must be held. :raises TagExists: if the name is taken."""
    _refuse_taken(handle, tag.name)
    object_id = handle.objects.write(TAG, encode_tag(tag))
    handle.repository.references.create(_PREFIX + tag.name, object_id)


def read(handle: Handle, name: str) -> Tag:
    """Return a tag. :raises TagNotFound: if there is none that names a revision."""
    try:
        target = handle.target(_PREFIX + name)
    except ValueError:
        target = None  # not a name that git allows
    tag = None if target is None else _decode(handle, name, target)
    if tag is None:
        raise TagNotFound(handle.dataset_id, name)
    return tag


def listed(handle: Handle) -> Iterator[Tag]:
    """Iterate over all tags that name revisions."""
    for raw in handle.repository.raw_listall_references():
        full_name = raw.decode("utf-8", "replace")
        if full_name.startswith(_PREFIX) and full_name.encode() == raw:
            target = handle.target(full_name)
            name = full_name.removeprefix(_PREFIX)
            tag = None if target is None else _decode(handle, name, target)
            if tag is not None:
                yield tag


def update(handle: Handle, name: str, tag: Tag, fsync: bool) -> None:
    """Put a tag in the place of another one in one step. The lock must be held."""
    if tag.name == name:
        object_id = handle.objects.write(TAG, encode_tag(tag))
        handle.repository.lookup_reference(_PREFIX + name).set_target(object_id)
        return
    _refuse_taken(handle, tag.name)
    object_id = handle.objects.write(TAG, encode_tag(tag))
    old, new = _PREFIX + name, _PREFIX + tag.name
    # Two files can't change at once; in the file of packed references, two names can.
    pack(handle, fsync, [name])
    packed = PackedRefs(handle.path)
    packed.remove(old)
    packed.put(new, object_id, tag.revision_id)
    packed.write(fsync)


def delete(handle: Handle, name: str, fsync: bool) -> None:
    """Remove a tag. The lock must be held."""
    # Packed first: a crash between must not bring back what the tag was when it was packed.
    packed = PackedRefs(handle.path)
    if packed.remove(_PREFIX + name):
        packed.write(fsync)
    _remove_loose(handle, [name], fsync)


def pack_if_many(handle: Handle, fsync: bool) -> None:
    """Put tags into one file once they are many. The lock must be held."""
    if len(_entries(handle)) > _MANY:
        pack(handle, fsync, loose(handle))


def loose(handle: Handle) -> list[str]:
    """Return the names of the tags that are files of their own."""
    folder = os.path.join(handle.path, _PREFIX)
    return [
        os.path.relpath(os.path.join(parent, name), folder)
        for parent, _, names in os.walk(folder)
        for name in names
        if not name.endswith(".lock")
    ]


def pack(handle: Handle, fsync: bool, names: Sequence[str]) -> None:
    """Move tags into the file of packed references. The lock must be held."""
    packed, moved = PackedRefs(handle.path), []
    for name in names:
        if not os.path.isfile(os.path.join(handle.path, _PREFIX + name)):
            continue
        try:
            target = handle.target(_PREFIX + name)
            peeled = None if target is None else _peel(handle, target)
        except (Damaged, KeyError, pygit2.GitError):
            continue  # stays for verify to find
        if target is not None:
            packed.put(_PREFIX + name, target, None if peeled == target else peeled)
            moved.append(name)
    if moved:
        packed.write(fsync)
        _remove_loose(handle, moved, fsync)


def _remove_loose(handle: Handle, names: Sequence[str], fsync: bool) -> None:
    folders = set()
    for name in names:
        path = os.path.join(handle.path, _PREFIX + name)
        if os.path.exists(path):
            os.unlink(path)
            folders.add(os.path.dirname(path))
    if fsync:
        for folder in folders:
            fsync_path(folder)


def _entries(handle: Handle) -> list[str]:
    try:
        return os.listdir(os.path.join(handle.path, _PREFIX))
    except FileNotFoundError:
        return []


def _peel(handle: Handle, target: str) -> str:
    """Return the id of what a tag finally names."""
    for _ in range(_MAX_NESTING):
        kind, data = handle.objects.read(target)
        if kind != TAG:
            return target
        target = read_headers(data).id(b"object") or ""
    raise Damaged(f"{target} is a tag of itself")


def _refuse_taken(handle: Handle, name: str) -> None:
    if handle.target(_PREFIX + name) is not None:
        raise TagExists(handle.dataset_id, name)


def _decode(handle: Handle, name: str, target: str) -> Tag | None:
    tag = handle.known_tag(name, target) or _read_object(handle, name, target)
    if tag is not None:
        handle.remember_tag(target, tag)
    return tag


def _read_object(handle: Handle, name: str, target: str) -> Tag | None:
    outer = None
    for _ in range(_MAX_NESTING):
        try:
            kind, data = handle.objects.read(target)
        except KeyError:
            raise Damaged(f"tag {name!r} points to {target}, which is missing") from None
        headers = read_headers(data)
        if kind == COMMIT:
            if outer is None or not is_ours(outer):
                try:
                    handle.require(target)
                except RevisionNotFound:
                    return None  # on another branch
            time = commit_time(headers)
            if outer is None:
                return lightweight_tag(name, target, time)
            return decode_tag(name, target, time, outer)
        if kind != TAG:
            return None
        outer = outer or headers
        target = headers.id(b"object") or ""
    raise Damaged(f"tag {name!r} does not lead to a revision")
