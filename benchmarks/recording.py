"""What recording adds to CKAN: package_update and the dataset page, with and without.

All are requests by HTTP's rules (WSGI), timed until the client has the whole answer; what a
process does after that, before it can take the next request, is timed by itself.

Three CKAN processes on one database, asked in turn: without plugins, with `versioning`, and with
CKAN's own `activity`. The environment variable CKAN_INI names the ini; `make bench` sets it.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import uuid
from typing import Any

VARIANTS = {"plain": "", "versioning": "versioning", "activity": "activity"}
RESOURCES = (1, 10, 100)
ROUNDS = 60

Times = dict[str, list[float]]  # in seconds, by variant


class Worker:
    """A CKAN process; see ``_ckan_worker``."""

    def __init__(self, ini: str, plugins: str, storage: str = "") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks._ckan_worker", ini, plugins, storage],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._answer() == "ready"

    def ask(self, *request: Any) -> Any:
        assert self.process.stdin is not None
        print(json.dumps(request), file=self.process.stdin, flush=True)
        return self._answer()

    def close(self) -> None:
        self.process.communicate()

    def _answer(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the CKAN process ended; run `make up` and look at its log")
        return json.loads(line)


def main() -> None:
    ini = os.environ["CKAN_INI"]
    workers = {name: Worker(ini, plugins) for name, plugins in VARIANTS.items()}
    print(f"package_update, medians of {ROUNDS} interleaved rounds, in ms (and against plain)")
    print(f"{'resources':>10}" + "".join(f"{name:>20}" for name in VARIANTS))
    for resources in RESOURCES:
        answered, afterwards = _updates(workers, resources)
        _row(str(resources), answered)
        _row("then", afterwards, ratio=False)
    print()
    print(f"dataset page (10 resources), medians of {ROUNDS} interleaved rounds, in ms")
    print(f"{'':>10}" + "".join(f"{name:>20}" for name in VARIANTS))
    _row("page", _pages(workers)[0])
    for worker in workers.values():
        worker.close()


def _updates(workers: dict[str, Worker], resources: int) -> tuple[Times, Times]:
    ids = {
        name: worker.ask("create", f"bench-{uuid.uuid4()}", resources)
        for name, worker in workers.items()
    }
    return _interleaved(
        workers, lambda name, turn: ("update", ids[name], f"Title {turn} of {name}")
    )


def _pages(workers: dict[str, Worker]) -> tuple[Times, Times]:
    name = f"bench-{uuid.uuid4()}"
    workers["plain"].ask("create", name, 10)
    return _interleaved(workers, lambda _worker, _turn: ("page", f"/dataset/{name}"))


def _interleaved(workers: dict[str, Worker], request: Any) -> tuple[Times, Times]:
    """Return, for each worker, the seconds until the answers and those after them."""
    answered: Times = {name: [] for name in workers}
    afterwards: Times = {name: [] for name in workers}
    for turn in range(ROUNDS + 5):
        for name, worker in workers.items():
            times = worker.ask(*request(name, turn))
            if turn >= 5:  # the first ones warm up
                answered[name].append(times[0])
                afterwards[name].append(times[1])
    return answered, afterwards


def _row(label: str, times: Times, *, ratio: bool = True) -> None:
    medians = {name: statistics.median(values) * 1000 for name, values in times.items()}
    cells = (
        f"{value:.1f} ({value / medians['plain']:.2f})" if ratio else f"{value:.1f}       "
        for value in medians.values()
    )
    print(f"{label:>10}" + "".join(f"{cell:>20}" for cell in cells), flush=True)
