"""Blobs in a folder: linked instead of copied, and whole even if the process dies."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from ckanext.versioning.files import blobs
from ckanext.versioning.files.errors import BlobCorrupt, BlobStoreUnavailable

from .storages import make_store, s3_settings, source

NOBODY = 65534


@pytest.fixture
def elsewhere(tmp_path):
    """A folder on another file system."""
    shm = Path("/dev/shm")
    if not shm.is_dir() or shm.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("needs /dev/shm on another file system")
    with tempfile.TemporaryDirectory(dir=shm) as folder:
        yield Path(folder)


def test_the_place_is_that_of_git_lfs(local, tmp_path):
    blob = source(tmp_path, b"x")
    local.put(*blob)
    expected = tmp_path / "blobs" / blob[1][:2] / blob[1][2:4] / blob[1]
    assert local.local_path(blob[1]) == expected
    assert expected.read_bytes() == b"x"


def test_a_file_is_linked_and_stays_as_it_is(local, tmp_path, monkeypatch):
    path, sha256, size = source(tmp_path, b"x")
    before = path.stat()
    monkeypatch.setattr(blobs, "FRESH", timedelta(0))
    local.put(path, sha256, size)
    local.put(path, sha256, size)
    assert local.local_path(sha256).samefile(path)
    after = path.stat()
    assert (after.st_mode, after.st_mtime_ns) == (before.st_mode, before.st_mtime_ns)


def test_another_file_system_is_copied_from(local, elsewhere):
    path, sha256, size = source(elsewhere, b"x" * 3_000_000)
    assert local.put(path, sha256, size) is True
    path.write_bytes(b"changed")
    local.verify(sha256, size=size)


def test_a_copy_of_other_bytes_is_refused(local, elsewhere, tmp_path):
    path, sha256, size = source(elsewhere, b"xx")
    path.write_bytes(b"xy")
    with pytest.raises(BlobCorrupt):
        local.put(path, sha256, size)
    assert [path for path in (tmp_path / "blobs").rglob("*") if not path.is_dir()] == []


def test_a_root_behind_a_symbolic_link(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    store = make_store({"type": "file_keeper:fs", "path": str(tmp_path / "link")})
    blob = source(tmp_path, b"x")
    store.put(*blob)
    store.verify(blob[1])


def test_many_writers_of_one_blob(local, tmp_path):
    files = [source(tmp_path, b"the same" * 100_000) for _ in range(24)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda file: local.put(*file), files))
    local.verify(files[0][1])
    assert len(list(local.iterate())) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_the_store_is_of_the_user_of_the_folder_above(tmp_path):
    for folder in (tmp_path, *tmp_path.parents):
        folder.chmod(folder.stat().st_mode | 0o055)
        if folder == Path("/tmp"):
            break
    os.chown(tmp_path, NOBODY, NOBODY)
    settings = {"type": "file_keeper:fs", "path": str(tmp_path / "new" / "blobs")}
    store = make_store(settings)  # as root
    files = [source(tmp_path, b"x"), source(tmp_path, b"y")]
    with pytest.raises(BlobStoreUnavailable, match="run this as that user"):
        store.put(*files[0])

    def as_nobody():
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        make_store(settings).put(*files[0])

    assert in_child(as_nobody) == 0
    store.verify(files[0][1])
    assert (tmp_path / "new").stat().st_mode & 0o007 == 0


def put_and_die(file, root: Path, *, at_step: int = 0, at_byte: int = 0) -> int:
    """Put the file in another process, which is killed on the way; return how it ended."""

    def put():
        if at_byte:
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
            resource.setrlimit(resource.RLIMIT_FSIZE, (at_byte, at_byte))
        _die_at(at_step)
        make_store({"type": "file_keeper:fs", "path": str(root)}).put(*file)

    return in_child(put)


def in_child(work) -> int:
    """Work in another process, and return its exit code or, negative, the signal that ended it."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _die_at(last_step: int) -> None:
    steps = []

    def dying(real):
        def step(*args, **kwargs):
            steps.append(real)
            if len(steps) == last_step:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **kwargs)

        return step

    for name in ("mkdir", "fsync", "link", "replace", "rmdir"):
        setattr(os, name, dying(getattr(os, name)))


def assert_whole_or_absent(root: Path, sha256: str) -> None:
    for path in root.rglob(sha256):
        if not path.parent.name.startswith("."):
            assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256


def test_killed_at_each_step(tmp_path):
    killed = 0
    for step in range(1, 100):
        root = tmp_path / f"blobs{step}"
        file = source(tmp_path, b"x" * 1000)
        code = put_and_die(file, root, at_step=step)
        assert_whole_or_absent(root, file[1])
        store = make_store({"type": "file_keeper:fs", "path": str(root)})
        store.put(*file)
        store.verify(file[1])
        assert len(list(store.iterate())) == 1
        if code == 0:
            break
        assert code == -signal.SIGKILL
        killed += 1
    assert killed >= 8


def test_killed_in_the_middle_of_a_copy(tmp_path, elsewhere):
    root = tmp_path / "blobs"
    file = source(elsewhere, b"x" * 3_000_000)
    assert put_and_die(file, root, at_byte=1_500_000) == -signal.SIGXFSZ
    torn = [path for path in root.rglob("*") if path.is_file()]
    assert [path.stat().st_size for path in torn] == [1_500_000]
    assert_whole_or_absent(root, file[1])
    store = make_store({"type": "file_keeper:fs", "path": str(root)})
    assert list(store.iterate()) == []
    assert store.put(*file) is True
    store.verify(file[1])
    assert store.sweep(datetime.now(timezone.utc) - timedelta(days=1)) == 0
    soon = datetime.now(timezone.utc) + timedelta(seconds=2)
    assert store.sweep(soon, dry_run=True) == 1
    assert store.sweep(soon) == 1
    assert store.sweep(soon) == 0
    assert len([path for path in root.rglob("*") if path.is_file()]) == 1


def test_folders_may_go_while_blobs_are_listed(local, tmp_path):
    for number in range(20):
        local.put(*source(tmp_path, b"%d" % number))
    listed = local.iterate()
    next(listed)
    shutil.rmtree(max((tmp_path / "blobs").iterdir()))
    assert len(list(listed)) == 18


MEMORY = r"""
import json, pathlib, re, sys
from ckanext.versioning.files.blobs import BlobStore
from ckanext.versioning.files.storage import make_driver
path, settings, sha256, size = sys.argv[1:]
store = BlobStore(make_driver(json.loads(settings)))
def peak():
    return int(re.search(r"VmHWM:\s*(\d+)", pathlib.Path("/proc/self/status").read_text())[1])
before = peak()
store.put(path, sha256, int(size))
store.verify(sha256)
print(peak() - before)
"""


@pytest.mark.parametrize("kind", ["local", "s3"])
def test_memory_stays_flat(request, tmp_path, elsewhere, kind):
    if kind == "s3":
        settings = s3_settings(request.getfixturevalue("s3"))
    else:
        settings = {"type": "file_keeper:fs", "path": str(tmp_path / "blobs")}
    file = source(elsewhere, os.urandom(1 << 20) * 64)
    command = [sys.executable, "-c", MEMORY, file[0], json.dumps(settings), *file[1:]]
    result = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, timeout=120, check=True
    )
    assert int(result.stdout) < 60_000  # KiB, of 65,536; S3 takes some parts at once
