"""The files of one snapshot, as the outbox has them until the metastore does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..mapping import CapturedFile


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A file of a resource.

    :param name: the file's own name.
    :param size: how many bytes it has.
    :param token: under which it was captured; None for what was fetched from a link.
    :param sha256: the hash of its bytes; None until they are hashed.
    :param kept: whether the bytes are, or will be, in the blob store.
    """

    name: str
    size: int
    token: str | None = None
    sha256: str | None = None
    kept: bool = True

    @property
    def by_token(self) -> str:
        """What tells these bytes from others, from the capture on."""
        return self.token or self.by_hash

    @property
    def by_hash(self) -> str:
        """What tells these bytes from others, once they are hashed."""
        if self.sha256 is None:
            return self.by_token
        return hash_identity(self.sha256, kept=self.kept)


Held = Mapping[str, HeldFile]  # by the resource's id


def hash_identity(sha256: str, *, kept: bool) -> str:
    """Return what tells bytes from others, and kept ones from those that are only known."""
    return sha256 if kept else f"{sha256} not kept"


def dumps(files: Held) -> str | None:
    """Return the files as JSON text; None if there are none."""
    if not files:
        return None
    return json.dumps({resource_id: _item(files[resource_id]) for resource_id in files})


def loads(text: str | None) -> dict[str, HeldFile]:
    """Return the files from JSON text."""
    items = json.loads(text) if text else {}
    return {resource_id: HeldFile(**item) for resource_id, item in items.items()}


def described(files: Held) -> dict[str, CapturedFile]:
    """Return what a data package tells of files, all of which are hashed."""
    return {
        resource_id: CapturedFile(file.name, file.sha256, file.size, file.kept)
        for resource_id, file in files.items()
        if file.sha256 is not None
    }


def _item(file: HeldFile) -> dict[str, Any]:
    item: dict[str, Any] = {"name": file.name, "size": file.size, "kept": file.kept}
    # Once the hash is known, the token is of no more use: what was staged may be gone.
    return {**item, **({"token": file.token} if file.sha256 is None else {"sha256": file.sha256})}
