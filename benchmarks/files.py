"""What keeping files costs: uploads, downloads, disk, memory, with and without the plugin.

Two CKAN processes on one database, each with a storage of its own, asked in turn: without plugins
and with `versioning`. Files go in as multipart bodies by HTTP's rules (WSGI). What is done after
the client has its answer, at once or in a job, which is hashing the file and recording the
revision, is timed by itself, beside `sha256` of the same file. CKAN_INI names the ini; `make bench`
sets it.
"""

from __future__ import annotations

import hashlib
import os
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ckanext.versioning.files.blobs import BlobStore
from ckanext.versioning.files.drivers.local import LocalDriver

from .recording import Worker

VARIANTS = {"plain": "", "versioning": "versioning"}
MB = 1 << 20
SIZES = {"1 MB": (MB, 15), "100 MB": (100 * MB, 5), "1 GB": (1 << 30, 3)}  # and rounds
REVISIONS = 100
FILES = 10


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bench-files-") as folder:
        _measure(Path(folder), os.environ["CKAN_INI"])


def _measure(folder: Path, ini: str) -> None:
    workers = {name: Worker(ini, plugins, str(folder / name)) for name, plugins in VARIANTS.items()}
    datasets = {name: worker.ask("create", _name(), 0) for name, worker in workers.items()}
    print("resource_create with a file, and its download, medians in ms (and against plain)")
    print("sha256: of the same file; then: after the answer (and against sha256)")
    heading = ("rounds", "plain", "versioning", "sha256", "then", "download", "at a revision")
    print(f"{'':>8}" + "".join(f"{text:>16}" for text in heading))
    for label, (size, rounds) in SIZES.items():
        _row(label, rounds, _uploads(folder, workers, datasets, size, rounds))
    _captures(folder)
    print("peak memory in MB: " + ", ".join(f"{n} {w.ask('peak')}" for n, w in workers.items()))
    print()
    _disk(folder, workers["versioning"])
    for worker in workers.values():
        worker.close()


def _uploads(
    folder: Path, workers: dict[str, Worker], datasets: dict[str, str], size: int, rounds: int
) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {}
    for turn in range(rounds + 1):
        path = _file(folder, size)
        found = {"sha256": _timed(lambda path=path: _sha256(path))}
        # by turns: who is second meets a disk that is busy with what the first one wrote
        for name in sorted(workers, reverse=turn % 2 == 1):
            worker = workers[name]
            data = {"package_id": datasets[name], "name": _name()}
            resource, answered, afterwards = worker.ask(
                "upload", "resource_create", data, str(path)
            )
            found[name] = answered
            if name == "versioning":
                found["then"] = afterwards + worker.ask("deliver", datasets[name])
                old = worker.ask("old_url", datasets[name], resource["id"])
                for kind, url in (("download", resource["url"]), ("at a revision", old)):
                    found[kind], length = worker.ask("download", url)
                    assert length == size
        path.unlink()
        _forget_uploads(folder)
        if turn:  # the first one warms up
            for key, seconds in found.items():
                times.setdefault(key, []).append(seconds)
    return times


def _row(label: str, rounds: int, times: dict[str, list[float]]) -> None:
    median = {name: statistics.median(values) * 1000 for name, values in times.items()}
    against = {"versioning": "plain", "then": "sha256", "at a revision": "download"}
    cells = [str(rounds)]
    for name in ("plain", "versioning", "sha256", "then", "download", "at a revision"):
        ratio = f" ({median[name] / median[against[name]]:.2f})" if name in against else ""
        cells.append(f"{median[name]:,.1f}{ratio}")
    print(f"{label:>8}" + "".join(f"{cell:>16}" for cell in cells), flush=True)


def _captures(folder: Path) -> None:
    """Time what capture does with the bytes of an upload on the same file system."""
    store = BlobStore(LocalDriver({"type": "file_keeper:fs", "path": str(folder / "captured")}))
    times: dict[str, list[float]] = {"sha256": [], "capture": []}
    for _ in range(5):
        path = _file(folder, 1 << 30)
        times["sha256"].append(_timed(lambda path=path: _sha256(path)))
        times["capture"].append(
            _timed(lambda path=path: store.put(path, _sha256(path), path.stat().st_size))
        )
        sha256 = _sha256(path)
        store.delete(sha256)
        path.unlink()
    median = {name: statistics.median(values) for name, values in times.items()}
    print(
        "capture of 1 GB (hash, fsync, link), medians of 5: "
        f"{1 / median['capture']:.2f} GB/s, sha256 alone {1 / median['sha256']:.2f} GB/s "
        f"({median['capture'] / median['sha256']:.2f})",
        flush=True,
    )


def _disk(folder: Path, worker: Worker) -> None:
    dataset = worker.ask("create", _name(), 0)
    resources = []
    for _ in range(FILES):
        resources.append(_send(folder, worker, "resource_create", {"package_id": dataset}))
    before = _space(folder / "versioning")
    for _ in range(REVISIONS):
        _send(folder, worker, "resource_patch", {"id": resources[0]})
    after = _space(folder / "versioning")
    print(
        f"disk, {FILES} files of 1 MB, then {REVISIONS} revisions that touch one of them: "
        f"{before / MB:.1f} MB, then {after / MB:.1f} MB, "
        f"{(after - before) / REVISIONS / MB:.3f} MB a revision"
    )


def _send(folder: Path, worker: Worker, action: str, data: dict[str, Any]) -> str:
    path = _file(folder, MB)
    resource, *_ = worker.ask("upload", action, data, str(path))
    path.unlink()
    return str(resource["id"])


def _space(folder: Path) -> int:
    """Return how much disk a folder takes, files of two names once."""
    found = {}
    for path in folder.rglob("*"):
        stat = path.lstat()
        found[stat.st_ino] = stat.st_blocks * 512
    return sum(found.values())


def _forget_uploads(folder: Path) -> None:
    """Give the disk back: neither CKAN nor a history ever would."""
    for path in folder.rglob("*"):
        if path.is_file() and {"resources", "blobs"} & set(path.parts):
            path.unlink()


def _file(folder: Path, size: int) -> Path:
    path = folder / f"{uuid.uuid4()}.bin"
    block = os.urandom(min(size, MB))
    with path.open("wb") as file:
        for number in range(size // len(block)):
            file.write(number.to_bytes(8, "big") + block[8:])
    return path


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(MB):
            digest.update(chunk)
    return digest.hexdigest()


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _name() -> str:
    return f"bench-{uuid.uuid4()}"
