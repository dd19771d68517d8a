"""`make lint` and `make test`: what is checked, and how it is shown.

The two CKANs run at the same time. Each run writes to a log of its own, which
is printed when both are done, so that they don't mix. pytest's summary comes last.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .common import CKANS, LOGS, ROOT, Ckan, DevError, say
from .instances import Instance, create_test_instance

TESTS = "ckanext/versioning/tests"

# These need no CKAN, so once is enough: with CKAN 2.12.
WITHOUT_CKAN = ("mapping", "metastore")

# A run that takes longer hangs; pytest has shown where by then (faulthandler_timeout).
PATIENCE = 60 * 60

BUSY = """`make test` already runs in this checkout. For a suite beside it:
    python3 -m dev test-instance mine
    .venv/bin/pytest --ckan-ini=.dev/test-mine.ini"""

# pytest's exit code when nothing was selected.
NO_TESTS = 5


def lint() -> None:
    tools = f"{CKANS['2.12'].venv}/bin"
    checks = {
        "ruff": [f"{tools}/ruff", "check", "."],
        "ruff format": [f"{tools}/ruff", "format", "--check", "."],
        "mypy": [f"{tools}/mypy"],
        "import-linter": [f"{tools}/lint-imports"],
    }
    failed = []
    for name, command in checks.items():
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        say(f"{name}: {'failed' if done.returncode else 'ok'}")
        if done.returncode:
            print(done.stdout + done.stderr)
            failed.append(name)
    if failed:
        raise DevError(f"Lint failed: {', '.join(failed)}.")


@dataclass
class Run:
    """pytest on one version of CKAN."""

    ckan: Ckan
    arguments: Sequence[str]

    def start(self) -> None:
        self.instance: Instance = create_test_instance(f"make_{self.ckan.slug}", self.ckan)
        LOGS.mkdir(exist_ok=True)
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [
                    f"{self.ckan.venv}/bin/pytest",
                    f"--ckan-ini={self.instance.ini}",
                    *self.arguments,
                ],
                cwd=ROOT,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    @property
    def log(self) -> Path:
        return LOGS / f"tests-{self.ckan.minor}.log"

    @property
    def exit_code(self) -> int | None:
        return self.process.poll()

    def progress(self) -> str:
        if self.exit_code is not None:
            return f"CKAN {self.ckan.minor}: done"
        percent = re.findall(r"\[ *(\d+)%\]", self.log.read_text(errors="replace"))
        return f"CKAN {self.ckan.minor}: {percent[-1] if percent else 0} %"


def test(arguments: Sequence[str]) -> int:
    """Lint, then all tests; with arguments (for pytest) just the tests they select."""
    lint_failed = ""
    if not arguments:
        try:
            lint()
        except DevError as error:
            lint_failed = str(error)  # the tests are worth knowing all the same
    skipped = [f"--ignore={TESTS}/{name}" for name in WITHOUT_CKAN]
    options = arguments or ["--durations=10"]
    # The last one's summary closes the output: it is the one that runs everything.
    runs = [
        Run(CKANS["2.11"], [*skipped, *options]),
        Run(CKANS["2.12"], options),
    ]
    for run in runs:
        run.start()
    say(f"tests run on CKAN 2.12 and 2.11; logs: {LOGS}/tests-*.log")
    _wait(runs)

    codes = {run.ckan.minor: run.exit_code for run in runs}
    failed = [minor for minor, code in codes.items() if code not in (0, NO_TESTS)]
    # Without a choice of tests, every run must find some.
    empty = [minor for minor, code in codes.items() if code == NO_TESTS]
    if empty and (not arguments or len(empty) == len(runs)):
        failed += empty
    for run in runs:
        print(f"\n######## CKAN {run.ckan.release}", flush=True)
        if run is runs[-1]:  # what comes after it would hide pytest's summary
            if failed:
                print(f"######## Tests failed on CKAN {' and '.join(failed)}.")
            if lint_failed:
                print(f"######## {lint_failed}")
        print(run.log.read_text(errors="replace").rstrip(), flush=True)
    return 1 if failed or lint_failed else 0


def _wait(runs: Sequence[Run]) -> None:
    started = last_word = time.monotonic()
    try:
        while any(run.exit_code is None for run in runs):
            time.sleep(0.2)
            now = time.monotonic()
            if now - last_word > 30:
                say("; ".join(run.progress() for run in runs))
                last_word = now
            if now - started > PATIENCE:
                raise DevError(f"The tests still run after {PATIENCE // 60} minutes. See {LOGS}.")
    finally:
        for run in runs:
            if run.exit_code is None:
                run.process.kill()
