"""The store belongs to the web server's user, whoever runs the first command."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ckanext.versioning.metastore import (
    BackendUnavailable,
    MetaStore,
    Snapshot,
    create_backend,
)

NOBODY = 65534

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A path below a folder of the web server's user."""
    for folder in (tmp_path, *tmp_path.parents):
        folder.chmod(folder.stat().st_mode | 0o055)
        if folder == Path("/tmp"):
            break
    write(tmp_path / "warm-up", "imports")  # the other user may not be able to read our code
    os.chown(tmp_path, NOBODY, NOBODY)
    return tmp_path / "versioning"


def as_nobody(work) -> None:
    """Run the work in a process of another user."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            work()
            status = 0
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    assert status == 0


def write(place: Path, name: str) -> None:
    MetaStore(create_backend("git", {"path": place})).dataset_create(name, Snapshot({"name": name}))


def test_root_makes_it_for_the_owner_of_the_folder_above(place: Path) -> None:
    create_backend("git", {"path": place})
    assert {entry.stat().st_uid for entry in (place, *place.iterdir())} == {NOBODY}
    as_nobody(lambda: write(place, "by-its-owner"))


def test_root_does_not_write_into_it(place: Path) -> None:
    as_nobody(lambda: write(place, "by-its-owner"))
    with pytest.raises(BackendUnavailable, match="run this as that user"):
        write(place, "by-root")
    with pytest.raises(BackendUnavailable, match="run this as that user"):
        create_backend("git", {"path": place}).check()


def test_root_may_read_it(place: Path) -> None:
    as_nobody(lambda: write(place, "by-its-owner"))
    store = MetaStore(create_backend("git", {"path": place}))
    assert store.dataset_read("by-its-owner").datapackage == {"name": "by-its-owner"}
    assert store.verify("by-its-owner") == []


def test_a_store_of_roots_own_is_roots(tmp_path: Path) -> None:
    write(tmp_path / "versioning", "by-root")
