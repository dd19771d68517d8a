"""A clone with its files: complete and valid for git, git-lfs and frictionless themselves."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("pygit2")

from ckanext.versioning.mapping import CapturedFile, to_datapackage
from ckanext.versioning.metastore import MetaStore, Snapshot
from ckanext.versioning.metastore.backends.git import GitBackend

from .clones import Clone, needs_git_lfs
from .shapes import dataset, resource

pytestmark = needs_git_lfs

FILES = {
    "prices.csv": b"month,price\n2024-01,1\n2024-02,2\n",
    "Preise 2024 (endg\u00fcltig).csv": "Monat,Preis\nJ\u00e4nner,3\n".encode(),
    "\u6570\u636e.tsv": "\u5e74\tn\n2024\t4\n".encode(),
    "notes.txt": b"one\r\ntwo\r\n",
    "..": b"no name\n",
    "empty.txt": b"",
    "large.bin": bytes(range(256)) * 8000,
}
NEWER = b"month,price\n2024-01,1\n2024-02,9\n"


class Portal:
    """A dataset with files, recorded twice, and its blobs laid out as the blob store does."""

    def __init__(self, path: Path) -> None:
        self.blobs = path / "blobs"
        self.backend = GitBackend(path / "store", fsync=False)
        self.store = MetaStore(self.backend)
        for number, change in enumerate(({}, {"prices.csv": NEWER})):
            files = {**FILES, **change}
            source = dataset(
                id="d",
                resources=[
                    resource(n, name="Prices", format="", mimetype=None, url=name)
                    for n, name in enumerate(files, 1)
                ],
            )
            captured = {
                item["id"]: self.put(item["url"], files[item["url"]])
                for item in source["resources"]
            }
            snapshot = Snapshot(to_datapackage(source, captured), source)
            self.store.dataset_record("d", snapshot, expected_head=None)
            assert self.backend.count("d") == number + 1
        self.repository = Path(str(self.backend.location("d")))

    def put(self, name: str, data: bytes) -> CapturedFile:
        sha256 = hashlib.sha256(data).hexdigest()
        blob = self.blobs / sha256[:2] / sha256[2:4] / sha256
        blob.parent.mkdir(parents=True, exist_ok=True)
        blob.write_bytes(data)
        return CapturedFile(name, sha256, len(data))

    def paths(self, ref: str = "head") -> list[str]:
        return [file.path for file in self.store.dataset_read("d", ref).files]

    def contents(self, ref: str = "head") -> dict[str, bytes]:
        files = {**FILES, **({"prices.csv": NEWER} if ref == "head" else {})}
        return dict(zip(self.paths(ref), files.values(), strict=True))


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Portal:
    return Portal(tmp_path_factory.mktemp("portal"))


@pytest.fixture
def served(portal: Portal) -> Iterator[None]:
    """Git-lfs finds the blobs beside the repository that is cloned from a file system."""
    objects = portal.repository / "lfs" / "objects"
    objects.parent.mkdir()
    objects.symlink_to(portal.blobs)
    yield
    shutil.rmtree(objects.parent)


@pytest.mark.usefixtures("served")
def test_a_clone_with_git_lfs_is_complete_and_valid(portal: Portal, tmp_path: Path) -> None:
    clone = Clone(tmp_path, portal.repository, lfs=True)
    assert clone.contents() == portal.contents()
    assert "Git LFS fsck OK" in clone.run("git", "lfs", "fsck")
    listed = clone.run("git", "-c", "core.quotepath=off", "lfs", "ls-files", "--name-only")
    large = [path for path, data in portal.contents().items() if data]
    assert sorted(listed.splitlines()) == sorted(large)
    assert clone.run("git", "status", "--porcelain") == ""
    clone.validate(0)

    clone.run("git", "checkout", "--quiet", "HEAD~1")
    assert clone.contents() == portal.contents("head~1")
    clone.validate(0)
    changed = clone.path / portal.paths()[0]
    changed.write_bytes(changed.read_bytes().replace(b"2024-02,2", b"2024-02,3"))
    assert "hash-count" in clone.validate(1)


def test_files_that_come_later(portal: Portal, tmp_path: Path) -> None:
    clone = Clone(tmp_path, portal.repository, lfs=True)  # the server has none of them
    for data in clone.contents().values():
        assert not data or data.startswith(b"version https://git-lfs.github.com/spec/v1\n")
    shutil.copytree(portal.blobs, clone.path / ".git" / "lfs" / "objects", dirs_exist_ok=True)
    clone.run("git", "lfs", "checkout")
    assert clone.contents() == portal.contents()


def test_a_clone_without_git_lfs_has_the_metadata(portal: Portal, tmp_path: Path) -> None:
    clone = Clone(tmp_path, portal.repository, lfs=False)
    assert set(clone.contents()) == set(portal.paths())
    assert clone.run("git", "status", "--porcelain") == ""
    assert "-oid sha256:" in clone.run("git", "diff", "HEAD~1", "--", "data")
    clone.run("git", "fsck", "--strict")
