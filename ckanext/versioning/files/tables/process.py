"""Runs the comparison in a process of its own, under a ceiling of time and of number."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .model import ANSWER, Limits, TableError

log = logging.getLogger(__name__)

AT_A_TIME = 2  # processes on this machine
GRACE = 5  # seconds for the child to end by itself
LOGGED = 2000  # bytes of what it says at the end
CHILD = f"{__package__}.child"
# Where this process finds modules comes last: there may be some that hide the standard library's.
START = """
import runpy, sys
sys.path += sys.argv[2:]
runpy.run_module(sys.argv[1], run_name="__main__")
"""


def compare(
    before: Path, after: Path, format: str, *, primary_key: Sequence[str] = (), limits: Limits
) -> dict[str, Any]:
    """Return what changed between two tables in files, as ``TableDiff.to_dict`` tells it.

    :param before: the older file.
    :param after: the newer file.
    :param format: one of ``model.FORMATS``.
    :param primary_key: the columns that identify rows, if somebody has said so.
    :param limits: what it may take.
    :raises TableError: if they can't be compared.
    """
    if max(before.stat().st_size, after.stat().st_size) > limits.size:
        raise TableError("too_large", limit=limits.size)
    job = {
        "before": str(before),
        "after": str(after),
        "format": format,
        "primary_key": list(primary_key),
        "limits": asdict(limits),
    }
    with _slot(), tempfile.TemporaryDirectory(prefix="tables-") as folder:
        answer = _run(job, folder, limits.seconds + GRACE)
    if "error" in answer:
        raise TableError(**answer["error"])
    return answer


def _run(job: dict[str, Any], folder: str, seconds: float) -> dict[str, Any]:
    try:
        result = subprocess.run(
            [_python(), "-I", "-c", START, CHILD, *filter(None, sys.path)],
            input=json.dumps({**job, "folder": folder}).encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=seconds,
            env={},  # nothing of the portal's secrets
            cwd=folder,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise TableError("too_slow", seconds=job["limits"]["seconds"]) from None
    if b"No module named" in result.stderr:
        raise TableError("not_installed")
    if result.returncode != 0:
        log.error(
            "Comparing tables ended with %s: %s",
            result.returncode,
            result.stderr[-LOGGED:].decode(errors="replace"),
        )
        raise TableError("crashed")
    answer: dict[str, Any] = json.loads(Path(folder, ANSWER).read_bytes())
    return answer


def _python() -> str:
    """Return the interpreter; in a server that embeds Python ``sys.executable`` is the server."""
    return str(Path(sys.prefix, "bin", "python3"))


@contextmanager
def _slot() -> Iterator[None]:
    """Take one of the places on this machine.

    :raises TableError: if all are taken.
    """
    for number in range(AT_A_TIME):
        name = Path(tempfile.gettempdir(), f"ckanext-versioning-tables-{os.getuid()}-{number}")
        with os.fdopen(os.open(name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)) as place:
            try:
                fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield
            return
    raise TableError("busy")
