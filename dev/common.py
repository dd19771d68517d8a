"""Paths, versions, and how to print and run things."""

from __future__ import annotations

import fcntl
import os
import secrets
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

ROOT = Path(__file__).resolve().parent.parent
DEV = ROOT / ".dev"
LOGS = DEV / "log"

# Words, paths and numbers; each is turned into text.
Command: TypeAlias = Sequence[object]

_started = time.monotonic()


class DevError(Exception):
    """Something that the developer can put right; the text says how."""


@dataclass(frozen=True)
class Ckan:
    """A version of CKAN and the virtual environment that holds it."""

    minor: str
    release: str
    venv: Path

    @property
    def python(self) -> Path:
        return self.venv / "bin" / "python"

    @property
    def cli(self) -> Path:
        return self.venv / "bin" / "ckan"

    @property
    def slug(self) -> str:
        return self.minor.replace(".", "_")

    @property
    def solr_schema(self) -> Path:
        found = list(self.venv.glob("lib/python3*/site-packages/ckan/config/solr/schema.xml"))
        if not found:
            raise DevError(f"{self.venv} holds no CKAN. Remove it and run `make up` again.")
        return found[0]


CKANS = {
    "2.12": Ckan("2.12", "2.12.0", ROOT / ".venv"),
    "2.11": Ckan("2.11", "2.11.6", ROOT / ".venv-2.11"),
}


def say(text: str) -> None:
    """Print a line with the seconds since the start."""
    print(f"[{time.monotonic() - _started:6.1f} s] {text}", flush=True)


def run(
    command: Command,
    *,
    log: str | None = None,
    env: dict[str, str] | None = None,
    stdin: str | None = None,
    cwd: Path = ROOT,
) -> str:
    """Run a command and return what it printed, or keep that in a log file.

    A failure shows the end of the output: it usually holds the reason.
    """
    words = [str(word) for word in command]
    done = subprocess.run(
        words,
        cwd=cwd,
        env={**os.environ, **(env or {})},
        input=stdin or "",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if log:
        LOGS.mkdir(parents=True, exist_ok=True)
        (LOGS / log).write_text(done.stdout)
    if done.returncode:
        where = f"\nThe whole output: {LOGS / log}" if log else ""
        raise DevError(
            f"`{' '.join(words)}` failed (exit code {done.returncode}):\n{tail(done.stdout)}{where}"
        )
    return done.stdout


def tail(text: str, lines: int = 25) -> str:
    return "\n".join(text.rstrip().splitlines()[-lines:])


def write(path: Path, text: str, mode: int = 0o644) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".new")
    temporary.touch(mode)
    temporary.chmod(mode)
    temporary.write_text(text)
    temporary.replace(path)


def password() -> str:
    """The one password of PostgreSQL and Redis, so that other users of the machine stay out."""
    path = DEV / "password"
    if not path.exists():
        write(path, secrets.token_hex(16), 0o600)
    return path.read_text().strip()


@contextmanager
def lock(name: str = "lock", busy: str = "") -> Iterator[None]:
    """One at a time may install, start, stop or make instances in this checkout.

    Others wait, or give up where there is something to say about it (`busy`).
    """
    DEV.mkdir(exist_ok=True)
    with (DEV / name).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if busy:
                raise DevError(busy) from None
            say("another `make` is at work in this checkout: waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
