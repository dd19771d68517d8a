"""Folders for what the web server's user keeps, whoever runs the first command."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

DAY = 24 * 60 * 60  # seconds; no transaction takes as long

_MODE = 0o750  # files of private datasets are in them


def make_folder(folder: Path) -> Path:
    """Make a folder and those above it that are missing, each as the user of the one above.

    An operator's first command, as root, must not shut the web server out.
    """
    if folder.is_dir():
        return folder
    make_folder(folder.parent)
    folder.mkdir(_MODE, exist_ok=True)
    if os.geteuid() == 0:
        above = folder.parent.stat()
        os.chown(folder, above.st_uid, above.st_gid)
    return folder


def older(folder: Path, age: float) -> Iterator[Path]:
    """Yield the files of a folder that have had their name for longer.

    :param age: in seconds.
    """
    before = time.time() - age
    for file in folder.iterdir():
        try:
            changed = file.stat().st_ctime  # set by a hard link, too
        except FileNotFoundError:  # somebody has just removed it
            continue
        if changed < before:
            yield file
