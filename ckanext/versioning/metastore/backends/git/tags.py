"""Tags as references to annotated tag objects; those that plain git made are read too."""

from __future__ import annotations

import os
from collections.abc import Iterator

from ...errors import RevisionNotFound, TagExists, TagNotFound
from ...model import Tag
from . import packed_refs
from .commits import decode_tag, encode_tag, is_ours, lightweight_tag, read_headers
from .faults import Damaged
from .handle import Handle
from .layout import fsync_path
from .objects import COMMIT, TAG

_PREFIX = "refs/tags/"
# A tag of a tag of a tag is an oddity, a circle is damage.
_MAX_NESTING = 10


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
    # Two files can't change at once. In the file of packed references, two names can.
    handle.repository.compress_references()
    old, new = _PREFIX + name, _PREFIX + tag.name
    packed_refs.replace(handle.path, old, new, object_id, tag.revision_id, fsync)


def delete(handle: Handle, name: str, fsync: bool) -> None:
    """Remove a tag. The lock must be held."""
    # Packed first: a crash between must not bring back what the tag was when it was packed.
    packed_refs.remove(handle.path, _PREFIX + name, fsync)
    path = os.path.join(handle.path, _PREFIX + name)
    if os.path.exists(path):
        os.unlink(path)
        if fsync:
            fsync_path(os.path.dirname(path))


def _refuse_taken(handle: Handle, name: str) -> None:
    if handle.target(_PREFIX + name) is not None:
        raise TagExists(handle.dataset_id, name)


def _decode(handle: Handle, name: str, target: str) -> Tag | None:
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
            if outer is None:
                return lightweight_tag(name, target, handle.revision(target).info.time)
            return decode_tag(name, target, outer)
        if kind != TAG:
            return None
        outer = outer or headers
        target = headers.id(b"object") or ""
    raise Damaged(f"tag {name!r} does not lead to a revision")
