"""Which resources have other files than before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .datafiles import DataFile


@dataclass(frozen=True, slots=True)
class FileChange:
    """A resource whose file is not what it was.

    :param resource: the resource's id, or its name where it has no id.
    :param before: the file it had, None if none was known.
    :param after: the file it has, None if none is known.
    """

    resource: str
    before: DataFile | None
    after: DataFile | None

    @property
    def op(self) -> str:
        """``add``, ``remove`` or ``change``."""
        if self.before is None:
            return "add"
        return "remove" if self.after is None else "change"


def file_changes(before: Sequence[DataFile], after: Sequence[DataFile]) -> list[FileChange]:
    """Return the files that changed: in the order after, removed ones first.

    Where a file stands is no change of it, whether it is kept is.

    :param before: the files of the older snapshot.
    :param after: the files of the newer one.
    """
    old = {file.resource: file for file in before}
    new = {file.resource: file for file in after}
    removed = [FileChange(key, file, None) for key, file in old.items() if key not in new]
    return removed + [
        FileChange(key, old.get(key), file)
        for key, file in new.items()
        if key not in old or _facts(old[key]) != _facts(file)
    ]


def _facts(file: DataFile) -> tuple[str, int, bool]:
    return file.sha256, file.size, file.kept
