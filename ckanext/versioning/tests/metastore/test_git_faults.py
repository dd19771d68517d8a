"""Damage, full disks, missing rights: each is told as what it is, and none hangs or spreads."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

pytest.importorskip("pygit2")

import pygit2

from ckanext.versioning.metastore import (
    BackendUnavailable,
    CorruptStore,
    MetaStore,
    Snapshot,
)
from ckanext.versioning.metastore.backends.git import GitBackend, layout, packing
from ckanext.versioning.metastore.backends.git.commits import read_headers
from ckanext.versioning.metastore.backends.git.faults import reading
from ckanext.versioning.metastore.backends.git.objects import Objects, open_repository
from ckanext.versioning.metastore.conformance.tools import FILES, grow, info, new_id

from .git_tools import DATASET, damage, loose_path, repository


@pytest.fixture
def backend(tmp_path: Path) -> GitBackend:
    return GitBackend(tmp_path / "store", fsync=False)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte."""
    path = tmp_path / "small"
    path.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(path)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("file systems can't be mounted here")
    yield path
    subprocess.run(["umount", "-l", str(path)], check=True)


def fill(filler: Path) -> None:
    """Let a file grow until the disk is full."""

    def grow_for_ever() -> None:
        with filler.open("ab", buffering=0) as file:
            while True:
                file.write(b"x" * 4096)

    with pytest.raises(OSError, match="No space"):
        grow_for_ever()


def object_ids(backend: GitBackend, revision_id: str) -> dict[str, str]:
    path = str(repository(backend))
    objects = Objects(open_repository(path), path)
    tree = read_headers(objects.read(revision_id)[1]).id(b"tree")
    assert tree is not None
    return {
        "commit": revision_id,
        "tree": tree,
        "blob": dict(objects.files(tree))[next(iter(FILES))],
    }


CUT = {
    "empty": lambda data: b"",
    "start": lambda data: data[:10],
    "most": lambda data: data[:-1],
    "flipped": lambda data: data[:20] + bytes([data[20] ^ 255]) + data[21:],
    "text": lambda data: b"garbage",
}


@pytest.mark.parametrize("kind", ["commit", "tree", "blob"])
@pytest.mark.parametrize("cut", list(CUT))
def test_a_damaged_object_is_told_and_does_not_hang(
    backend: GitBackend, kind: str, cut: str, tmp_path: Path
) -> None:
    (revision,) = grow(backend, DATASET, 1)
    path = loose_path(repository(backend), object_ids(backend, revision.id)[kind])
    damage(path, CUT[cut](path.read_bytes()))
    # In a process of its own: a hang in C can't be interrupted.
    script = (
        "import sys\n"
        "from ckanext.versioning.metastore import *\n"
        "store = create_metastore('git', {'path': sys.argv[1], 'fsync': False})\n"
        "dataset, ref = sys.argv[2:]\n"
        "assert store.verify(dataset)\n"
        "for call in (\n"
        "    lambda: store.dataset_read(dataset),\n"
        "    lambda: store.dataset_read(dataset, ref[:9]),\n"
        "    lambda: store.dataset_patch(dataset, {'a': 1}),\n"
        "):\n"
        "    try:\n"
        "        call()\n"
        "    except CorruptStore as error:\n"
        "        assert error.dataset_id == dataset\n"
        "    else:\n"
        "        raise SystemExit('no error')\n"
        "store.backend.maintain(dataset)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "store"), DATASET, revision.id],
        timeout=60,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[4])},
    )
    assert done.returncode == 0, done.stderr
    assert path.exists()  # evidence stays where it was


def test_writing_the_same_content_mends_a_damaged_object(backend: GitBackend) -> None:
    (first,) = grow(backend, DATASET, 1)
    path = loose_path(repository(backend), object_ids(backend, first.id)["blob"])
    whole = path.read_bytes()
    damage(path, whole[:-2])
    backend.commit(DATASET, {"datapackage.json": b'{"n": 0}\n'}, parent=first.id, info=info(1))
    assert path.read_bytes() == whole
    assert list(backend.verify(DATASET)) == []


@pytest.mark.parametrize("kind", ["commit", "tree", "blob"])
def test_a_missing_object_is_told(backend: GitBackend, kind: str) -> None:
    (revision,) = grow(backend, DATASET, 1)
    loose_path(repository(backend), object_ids(backend, revision.id)[kind]).unlink()
    backend.close()
    with pytest.raises(CorruptStore):
        MetaStore(backend).dataset_read(DATASET)
    assert backend.verify(DATASET)


@pytest.mark.parametrize("content", ["", "garbage", "f" * 39, "f" * 40, "ref: refs/heads/none\n"])
def test_a_damaged_head_is_told(backend: GitBackend, content: str) -> None:
    (revision,) = grow(backend, DATASET, 1)
    (repository(backend) / "refs" / "heads" / "main").write_text(content)
    store = MetaStore(backend)
    for call in (
        lambda: store.dataset_read(DATASET),
        lambda: store.revision_list(DATASET),
        lambda: store.revision_read(DATASET, revision.id[:8]),
        lambda: store.dataset_patch(DATASET, {"a": 1}),
    ):
        with pytest.raises((CorruptStore, BackendUnavailable)):
            call()
    assert backend.verify(DATASET)


def test_a_damaged_pack_is_told_and_not_replaced(backend: GitBackend) -> None:
    revisions = grow(backend, DATASET, 20)
    backend.maintain(DATASET)
    backend.commit(DATASET, FILES, parent=revisions[-1].id, info=info(21))
    (pack,) = (repository(backend) / "objects" / "pack").glob("*.pack")
    data = bytearray(pack.read_bytes())
    for at in range(40, len(data) - 40, 20):
        data[at] ^= 255
    damage(pack, bytes(data))
    backend.close()
    assert backend.verify(DATASET)
    with pytest.raises((CorruptStore, BackendUnavailable)):
        backend.maintain(DATASET)
    assert pack.read_bytes() == data


def test_libgit2_tells_what_passes_in_words_only() -> None:
    with pytest.raises(BackendUnavailable), reading("x"):
        raise pygit2.GitError("failed to open 'y': Permission denied")
    with pytest.raises(CorruptStore), reading("x"):
        raise pygit2.GitError("incorrect data check")


def test_a_folder_that_is_no_repository(backend: GitBackend) -> None:
    grow(backend, DATASET, 1)
    (repository(backend) / "HEAD").unlink()
    backend.close()
    with pytest.raises(CorruptStore):
        backend.head(DATASET)


def test_a_full_disk_is_told_and_harms_nothing(small_disk: Path) -> None:
    backend = GitBackend(small_disk / "store")
    store = MetaStore(backend)
    first = store.dataset_create(DATASET, Snapshot({"name": "x"}))
    filler = small_disk / "filler"
    filler.touch()
    acknowledged = [first.id]
    for n in range(30):
        fill(filler)
        os.truncate(filler, max(filler.stat().st_size - 4096 * (n % 7), 0))
        with suppress(BackendUnavailable):
            acknowledged.append(store.dataset_patch(DATASET, {"n": os.urandom(3000).hex()}).id)
        with suppress(BackendUnavailable):
            store.dataset_create(new_id(), Snapshot({"name": "y"}))
        assert [r.id for r in backend.log(DATASET)] == acknowledged[::-1]
    fill(filler)
    with pytest.raises(BackendUnavailable):
        backend.check()
    filler.unlink()
    backend.check()
    store.dataset_patch(DATASET, {"n": 1})
    for dataset_id in store.dataset_list():
        assert store.verify(dataset_id) == []


@pytest.mark.parametrize("step", ["write", "set_target"])
def test_a_failing_write_is_unavailable(
    backend: GitBackend, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    (first,) = grow(backend, DATASET, 1)

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if step == "write":
        monkeypatch.setattr(Objects, "write", fail)
    else:

        class Broken:
            set_target = fail

        class Repository:
            def lookup_reference(self, name: str) -> object:
                class Read:
                    target = first.id

                    def resolve(self) -> object:
                        return self

                    set_target = fail

                return Read()

        monkeypatch.setattr(backend._handle(DATASET), "repository", Repository())
    with pytest.raises(BackendUnavailable, match="No space"):
        backend.commit(DATASET, FILES, parent=first.id, info=info(1))
    monkeypatch.undo()
    backend.close()
    assert list(backend.log(DATASET)) == [first]


def test_a_store_that_is_read_only(backend: GitBackend) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    (first,) = grow(backend, DATASET, 1)
    path = repository(backend)
    path.joinpath("objects").chmod(0o500)
    try:
        with pytest.raises(BackendUnavailable):
            backend.commit(DATASET, {"new": b"1"}, parent=first.id, info=info(1))
        assert backend.head(DATASET) == first
    finally:
        path.joinpath("objects").chmod(0o750)


@pytest.mark.parametrize("survived", range(6))
def test_packing_may_die_at_any_step(
    backend: GitBackend, monkeypatch: pytest.MonkeyPatch, survived: int
) -> None:
    revisions = grow(backend, DATASET, 6)
    backend.maintain(DATASET)
    for n in range(6, 10):
        revisions.append(
            backend.commit(DATASET, {"n": b"%d" % n}, parent=revisions[-1].id, info=info(n))
        )
    steps = iter(range(100))

    def dying(call: object) -> object:
        def run(*arguments: object, **options: object) -> object:
            if next(steps) >= survived:
                raise OSError(errno.EIO, "the power went")
            return call(*arguments, **options)

        return run

    for module, name in ((os, "rename"), (os, "unlink"), (Path, "unlink"), (os, "rmdir")):
        monkeypatch.setattr(module, name, dying(getattr(module, name)))
    monkeypatch.setattr(layout.shutil, "rmtree", lambda *_, **__: None)
    with pytest.raises(BackendUnavailable):
        backend.maintain(DATASET)
    monkeypatch.undo()
    backend.close()
    for index in (repository(backend) / "objects" / "pack").glob("*.idx"):
        assert index.with_suffix(".pack").exists()
    assert list(backend.log(DATASET)) == revisions[::-1]
    assert list(backend.verify(DATASET)) == []
    backend.maintain(DATASET)
    backend.close()
    assert list(backend.verify(DATASET)) == []
    assert list(backend.log(DATASET)) == revisions[::-1]
    assert [p.name for p in (repository(backend) / "objects").iterdir()] == ["pack"]
    assert len(list((repository(backend) / "objects" / "pack").glob("*.pack"))) == 1


def test_a_failing_pack_does_not_fail_the_commit(
    backend: GitBackend, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (first,) = grow(backend, DATASET, 1)

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(packing, "due", lambda path: True)
    monkeypatch.setattr(packing, "pack", fail)
    parent = first
    for n in range(1, 80):
        parent = backend.commit(DATASET, FILES, parent=parent.id, info=info(n))
    assert backend.count(DATASET) == 80
    assert "could not be packed" in caplog.text


def test_commits_pack_what_piles_up(backend: GitBackend) -> None:
    store = MetaStore(backend)
    store.dataset_create(DATASET, Snapshot({"name": "x"}))
    for n in range(400):
        store.dataset_patch(DATASET, {"n": n})
    objects = repository(backend) / "objects"
    loose = [
        name for folder in objects.iterdir() if folder.name != "pack" for name in folder.iterdir()
    ]
    assert len(loose) < 600  # of 1,203
    assert 1 <= len(list(objects.glob("pack/*.pack"))) <= 15
    assert backend.count(DATASET) == 401
    assert list(backend.verify(DATASET)) == []
