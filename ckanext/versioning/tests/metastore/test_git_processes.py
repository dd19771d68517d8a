"""Several processes, and processes that are killed."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("pygit2")

from ckanext.versioning.metastore import MetaStore, Snapshot
from ckanext.versioning.metastore.backends.git import GitBackend

from .git_tools import DATASET, git, needs_git, repository

HEAD = (
    "import sys\n"
    "from ckanext.versioning.metastore import *\n"
    "store = create_metastore('git', {'path': sys.argv[1], 'fsync': False})\n"
    "dataset = sys.argv[2]\n"
)
WRITE = HEAD + (
    "start = int(sys.argv[3])\n"
    "for n in range(start, start + 100_000):\n"
    "    if not store.dataset_exists(dataset):\n"
    "        revision = store.dataset_create(dataset, Snapshot({'n': n}))\n"
    "    else:\n"
    "        revision = store.dataset_update(dataset, Snapshot({'n': n}))\n"
    "    if n % 7 == 0:\n"
    "        store.tag_create(dataset, f't{n}')\n"
    "        store.tag_update(dataset, f't{n}', new_name=f'u{n}')\n"
    "    if n % 11 == 0:\n"
    "        store.backend.maintain(dataset)\n"
    "    print(revision.id, flush=True)\n"
)
CREATE = HEAD + (
    "sys.stdin.readline()\n"
    "for n in range(30):\n"
    "    try:\n"
    "        print(store.dataset_create(f'{dataset}-{n}', Snapshot({'by': sys.argv[3]})).id)\n"
    "    except DatasetExists:\n"
    "        pass\n"
)
PATCH = HEAD + (
    "sys.stdin.readline()\n"
    "for n in range(25):\n"
    "    store.dataset_patch(dataset, {f'f{sys.argv[3]}-{n}': n})\n"
)


def start(script: str, root: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, str(root), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[4])},
    )


def together(workers: list[subprocess.Popen[str]]) -> list[str]:
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    outputs = [worker.communicate()[0] for worker in workers]
    assert [worker.returncode for worker in workers] == [0] * len(workers)
    return [line for output in outputs for line in output.split()]


@needs_git
def test_killed_writers_lose_nothing_they_acknowledged(tmp_path: Path) -> None:
    backend = GitBackend(tmp_path, fsync=False)
    store = MetaStore(backend)
    chance = random.Random(7)
    acknowledged: list[str] = []
    for n in range(25):
        worker = start(WRITE, tmp_path, DATASET, str(n * 100_000))
        assert worker.stdout is not None
        for _ in range(chance.randint(1, 12)):
            acknowledged.append(worker.stdout.readline().strip())
        for _ in range(chance.randint(0, 20_000)):  # into the midst of the next one
            pass
        worker.kill()
        rest = worker.communicate()[0].splitlines(keepends=True)
        acknowledged += [line.strip() for line in rest if line.endswith("\n")]
        revision = store.dataset_patch(DATASET, {"after": n})
        acknowledged.append(revision.id)
        log = list(backend.log(DATASET))
        assert log[0] == revision
        ids = [r.id for r in reversed(log)]
        assert [i for i in ids if i in set(acknowledged)] == acknowledged
        assert len(ids) <= len(acknowledged) + n + 1  # one that was stored and not told, each time
        assert store.verify(DATASET) == []
        names = [tag.name for tag in backend.tag_list(DATASET)]
        assert not {f"u{name[1:]}" for name in names if name[0] == "t"} & set(names)
    backend.maintain(DATASET)
    assert git(repository(backend), "fsck", "--strict", "--no-dangling") == ""


def test_of_two_creators_one_wins(tmp_path: Path) -> None:
    backend = GitBackend(tmp_path, fsync=False)
    won = together([start(CREATE, tmp_path, DATASET, str(n)) for n in range(3)])
    ids = [f"{DATASET}-{n}" for n in range(30)]
    assert sorted(won) == sorted(backend.head(dataset_id).id for dataset_id in ids)
    assert {backend.count(dataset_id) for dataset_id in ids} == {1}


def test_updates_by_several_processes_lose_nothing(tmp_path: Path) -> None:
    backend = GitBackend(tmp_path, fsync=False)
    store = MetaStore(backend)
    store.dataset_create(DATASET, Snapshot({"name": "x"}))
    together([start(PATCH, tmp_path, DATASET, str(n)) for n in range(3)])
    assert len(store.dataset_read(DATASET).datapackage) == 1 + 3 * 25
    assert backend.count(DATASET) == 1 + 3 * 25
