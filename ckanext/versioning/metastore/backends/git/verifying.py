"""Reading everything back."""

from __future__ import annotations

from collections.abc import Iterator

import pygit2

from . import tags
from .faults import Damaged
from .handle import Handle
from .objects import BLOB


def verify(handle: Handle) -> Iterator[str]:
    """Iterate over what is wrong with a repository, in words."""
    seen: set[str] = set()
    try:
        for revision_id in handle.ids():
            try:
                tree = handle.commit(revision_id).id(b"tree")
                if tree is None:
                    raise Damaged("it has no tree")
                if tree in seen:
                    continue
                for _path, blob in handle.objects.files(tree):
                    if blob not in seen:
                        handle.objects.read_kind(blob, BLOB)
                        seen.add(blob)
                seen.add(tree)
            except (Damaged, pygit2.GitError) as error:
                yield f"revision {revision_id}: {error}"
    except (Damaged, pygit2.GitError) as error:
        yield f"the history ends early: {error}"
    try:
        for _tag in tags.listed(handle):
            pass
    except (Damaged, pygit2.GitError) as error:
        yield f"the tags: {error}"
