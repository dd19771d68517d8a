"""The metastore against bare pygit2 calls that do the same durable work, call by call in turn."""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pygit2

from ckanext.versioning.metastore import Change, MetaStore, Snapshot
from ckanext.versioning.metastore.backends.git import GitBackend

ROUNDS = 200
BRANCH = "refs/heads/main"
BLOB, TREE, COMMIT, TAG = 3, 2, 1, 4


def document(n: int) -> dict[str, Any]:
    """Return a data package of ten resources."""
    return {
        "name": "benchmark",
        "title": f"Title {n}",
        "description": "All that is known about it. " * 20,
        "resources": [
            {
                "id": str(uuid.UUID(int=i)),
                "name": f"resource-{i}",
                "path": f"https://data.example.org/files/{i}.csv",
                "format": "CSV",
                "mediatype": "text/csv",
                "description": "What is in it, column by column. " * 3,
            }
            for i in range(10)
        ],
    }


def fsync(path: str) -> None:
    """Make a folder durable."""
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


class Raw:
    """The same work without the library: no checks, no locks, no summary."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def commit(self, repository: Any, data: bytes, parent: str | None) -> str:
        blob = repository.odb.write(BLOB, data)
        tree = repository.odb.write(TREE, b"100644 datapackage.json\0" + bytes.fromhex(str(blob)))
        lines = [f"tree {tree}", *([f"parent {parent}"] if parent else [])]
        who = "A <> 1700000000 +0000"
        text = "\n".join([*lines, f"author {who}", f"committer {who}", "", f"m {time.time()}\n"])
        return str(repository.odb.write(COMMIT, text.encode()))

    def create(self, data: bytes) -> None:
        temporary = self.root / f"tmp-{uuid.uuid4()}"
        for folder in ("objects/pack", "refs/heads"):
            os.makedirs(temporary / folder)
        for name, text in (("HEAD", f"ref: {BRANCH}\n"), ("config", "[core]\n\tbare = true\n")):
            with open(temporary / name, "w") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        revision = self.commit(pygit2.Repository(str(temporary)), data, None)
        with open(temporary / BRANCH, "w") as file:
            file.write(revision + "\n")
            file.flush()
            os.fsync(file.fileno())
        for folder in ("objects", "refs/heads", "refs", ""):
            fsync(str(temporary / folder))
        target = self.root / uuid.uuid4().hex[:2] / uuid.uuid4().hex[:2]
        target.mkdir(parents=True, exist_ok=True)
        os.rename(temporary, target / f"{uuid.uuid4()}.git")
        for path in (self.root, target.parent.parent, target.parent, target):
            fsync(str(path))

    def update(self, repository: Any, data: bytes) -> None:
        head = repository.lookup_reference(BRANCH)
        head.set_target(self.commit(repository, data, str(head.target)))

    def read(self, repository: Any) -> Any:
        head = repository[repository.lookup_reference(BRANCH).target]
        return json.loads(repository[head.tree["datapackage.json"].id].data)

    def page(self, repository: Any) -> list[Any]:
        found, current = [], repository[repository.lookup_reference(BRANCH).target]
        while len(found) < 20:
            found.append((str(current.id), current.message, current.author.name))
            if not current.parents:
                break
            current = current.parents[0]
        return found

    def tag(self, repository: Any, name: str) -> None:
        target = repository.lookup_reference(BRANCH).target
        who = "A <> 1700000000 +0000"
        text = f"object {target}\ntype commit\ntag {name}\ntagger {who}\n\nm\n"
        repository.references.create(f"refs/tags/{name}", repository.odb.write(TAG, text.encode()))


def in_turn(pairs: dict[str, tuple[Callable[[int], Any], Callable[[int], Any]]]) -> None:
    """Measure pairs of calls alternately and print their medians."""
    print(f"{'':28}{'ours ms':>10}{'raw ms':>10}{'ratio':>8}")
    for name, (ours, raw) in pairs.items():
        times: tuple[list[float], list[float]] = ([], [])
        for n in range(ROUNDS):
            for call, taken in zip((ours, raw), times, strict=True):
                start = time.perf_counter()
                call(n)
                taken.append(time.perf_counter() - start)
        a, b = (statistics.median(taken) * 1000 for taken in times)
        print(f"{name:28}{a:10.3f}{b:10.3f}{a / b:8.2f}")


def main() -> None:
    """Print what the operations of the git backend cost."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCHMARK_DIR")) as folder:
        raw_root = Path(folder, "raw")
        raw_root.mkdir()
        raw, backend = Raw(raw_root), GitBackend(Path(folder, "ours"))
        store = MetaStore(backend)
        one, other = str(uuid.uuid4()), str(uuid.uuid4())
        store.dataset_create(one, Snapshot(document(0)))
        store.dataset_create(other, Snapshot(document(0)))
        path = backend.location(other)
        assert path is not None
        plain = pygit2.Repository(path)
        encoded = [json.dumps(document(n), indent=2).encode() for n in range(ROUNDS + 1)]
        snapshots = [Snapshot(document(n + 1)) for n in range(ROUNDS)]
        in_turn(
            {
                "create": (
                    lambda n: store.dataset_create(str(uuid.uuid4()), snapshots[n]),
                    lambda n: raw.create(encoded[n]),
                ),
                "update": (
                    lambda n: store.dataset_update(one, snapshots[n]),
                    lambda n: raw.update(plain, encoded[n + 1]),
                ),
                "read head": (lambda n: store.dataset_read(one), lambda n: raw.read(plain)),
                "page of 20": (lambda n: store.revision_list(one), lambda n: raw.page(plain)),
                "tag": (
                    lambda n: store.tag_create(one, f"v{n}"),
                    lambda n: raw.tag(plain, f"v{n}"),
                ),
            }
        )
        print()
        _lengths(Path(folder, "lengths"))


def _lengths(root: Path) -> None:
    """Print what reading costs in histories of 100 and of 10,000 revisions."""
    backend = GitBackend(root)
    pygit2.settings.enable_fsync_gitdir(False)  # filling them is not what is measured
    store = MetaStore(backend)
    ids = {length: str(uuid.uuid4()) for length in (100, 10_000)}
    firsts = {}
    for length, dataset_id in ids.items():
        firsts[length] = store.dataset_create(dataset_id, Snapshot(document(0))).id
        for n in range(1, length):
            store.dataset_update(dataset_id, Snapshot({"n": n}), Change(message=f"{n}"))
        backend.maintain(dataset_id)
    reads: dict[str, Callable[[int], Any]] = {
        "page of 20": lambda length: store.revision_list(ids[length]),
        "page of 20, cold": lambda length: (backend.close(), store.revision_list(ids[length])),
        "read head, cold": lambda length: (backend.close(), store.dataset_read(ids[length])),
        "first revision by id": lambda length: store.dataset_read(ids[length], firsts[length]),
        "first one by id, cold": lambda length: (
            backend.close(),
            store.dataset_read(ids[length], firsts[length]),
        ),
    }
    print(f"{'revisions':28}{'100 ms':>10}{'10,000 ms':>10}{'ratio':>8}")
    for name, read in reads.items():
        times: dict[int, list[float]] = {length: [] for length in ids}
        for _ in range(20):
            for length in ids:
                start = time.perf_counter()
                read(length)
                times[length].append(time.perf_counter() - start)
        a, b = (statistics.median(taken) * 1000 for taken in times.values())
        print(f"{name:28}{a:10.3f}{b:10.3f}{b / a:8.2f}")


if __name__ == "__main__":
    main()
