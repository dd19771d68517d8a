"""A second name for a file's bytes: a hard link where that is possible, else a copy."""

from __future__ import annotations

import errno
import os
import shutil
import uuid
from pathlib import Path

# Another file system, none that links, not one's own file, too many links.
NO_LINK = {errno.EXDEV, errno.EPERM, errno.EACCES, errno.EMLINK, errno.EOPNOTSUPP, errno.ENOSYS}


def link(source: Path, target: Path) -> None:
    """Link the file, or copy it.

    :raises OSError: if neither works; then there is no target.
    """
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in NO_LINK:
            raise
        copy(source, target)


def copy(source: Path, target: Path) -> None:
    """Copy the file under a temporary name, then rename it; times come along."""
    new = target.with_name(f"{target.name}~{uuid.uuid4().hex}")
    try:
        shutil.copyfile(source, new)
        shutil.copystat(source, new)
        os.replace(new, target)
    finally:
        new.unlink(missing_ok=True)


def move(source: Path, target: Path) -> None:
    """Put a file in the place of another, atomically."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.replace(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        copy(source, target)
        source.unlink()
