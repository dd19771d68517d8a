"""What the pages take: of a long history beside a short one, and of a dataset with and without.

Two CKAN processes on one database, asked in turn: without plugins and with `versioning`. The
histories are put into the metastore directly. All pages are whole ones, with CKAN's own part, as an
anonymous visitor gets them. CKAN_INI names the ini; `make bench` sets it.
"""

from __future__ import annotations

import os
import statistics
import uuid

from .recording import Times, Worker

VARIANTS = {"plain": "", "versioning": "versioning"}
LONG, TAGS = 10_000, 1_000
SHORT = 100
ROUNDS = 40


def main() -> None:
    ini = os.environ["CKAN_INI"]
    workers = {name: Worker(ini, plugins) for name, plugins in VARIANTS.items()}
    names = {
        f"{LONG} revisions, {TAGS} tags": _dataset(workers["versioning"], LONG, TAGS),
        f"{SHORT} revisions": _dataset(workers["versioning"], SHORT, 1),
    }
    print(f"pages, in ms: median and 95th percentile of {ROUNDS} interleaved rounds")
    print(f"{'':>30}{'plain':>18}{'versioning':>18}")
    for label, name in names.items():
        _row(f"dataset, {label}", _visits(workers, f"/dataset/{name}"))
        ours = {"versioning": workers["versioning"]}
        for page in ("history", "revision/head~50", "compare/head~9...head", "versions"):
            _row(page, _visits(ours, f"/dataset/{name}/{page}"))
    for worker in workers.values():
        worker.close()


def _dataset(worker: Worker, revisions: int, tags: int) -> str:
    name = f"bench-{uuid.uuid4()}"
    worker.ask("fill", worker.ask("create", name, 10), revisions, tags)
    return name


def _visits(workers: dict[str, Worker], path: str) -> Times:
    times: Times = {name: [] for name in workers}
    for turn in range(ROUNDS + 3):
        for name, worker in workers.items():
            elapsed, _ = worker.ask("page", path)
            if turn >= 3:  # the first ones warm up
                times[name].append(elapsed)
    return times


def _row(label: str, times: Times) -> None:
    cells = dict.fromkeys(VARIANTS, "")
    for name, values in times.items():
        median, last = statistics.median(values), statistics.quantiles(values, n=20)[-1]
        cells[name] = f"{median * 1000:.0f} / {last * 1000:.0f}"
    print(f"{label:>30}" + "".join(f"{cell:>18}" for cell in cells.values()), flush=True)
