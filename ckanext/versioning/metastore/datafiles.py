"""The data files of a snapshot: what its data package says of the bytes of its resources.

A resource has one if it says ``kept``, ``bytes`` and ``hash`` (SHA-256). Where ``kept`` is true,
its ``path`` is below ``data/``; where it is false, the file is known but was not kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

FOLDER = "data"
KEPT = "kept"

_SHA256 = re.compile(r"sha256:([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class DataFile:
    """The file of a resource.

    :param resource: the resource's id, or its name where it has no id.
    :param path: the path in the data package; of a file that is not kept it may be a URL.
    :param sha256: the hash of the bytes, lower-case hexadecimal.
    :param size: how many bytes there are.
    :param kept: whether they were kept.
    """

    resource: str
    path: str
    sha256: str
    size: int
    kept: bool = True

    def to_dict(self) -> dict[str, Any]:
        """Return the properties that a resource of the data package has of it."""
        return {
            "path": self.path,
            "bytes": self.size,
            "hash": f"sha256:{self.sha256}",
            KEPT: self.kept,
        }


def data_files(datapackage: dict[str, Any]) -> tuple[DataFile, ...]:
    """Return the data files of a data package, in the order of its resources.

    :param datapackage: any JSON object.
    """
    resources = datapackage.get("resources")
    if not isinstance(resources, list):
        return ()
    found = [_data_file(resource) for resource in resources if isinstance(resource, dict)]
    return tuple(file for file in found if file is not None)


def _data_file(resource: dict[str, Any]) -> DataFile | None:
    kept = resource.get(KEPT)
    if not isinstance(kept, bool):
        return None
    path, size = resource.get("path"), resource.get("bytes")
    name = resource.get("id") or resource.get("name")
    sha256 = _SHA256.fullmatch(str(resource.get("hash")))
    if (
        not isinstance(path, str)
        or not isinstance(name, str)
        or not isinstance(size, int)
        or isinstance(size, bool)
        or size < 0
        or sha256 is None
        or (kept and not path.startswith(f"{FOLDER}/"))
    ):
        return None
    return DataFile(name, path, sha256[1], size, kept)
