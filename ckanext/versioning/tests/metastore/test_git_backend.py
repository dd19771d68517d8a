"""The git backend beyond the contract: handles, places, references among other objects."""

from __future__ import annotations

import os
import stat
from itertools import count
from pathlib import Path

import pytest

pytest.importorskip("pygit2")

from ckanext.versioning.metastore import (
    AmbiguousRef,
    BackendUnavailable,
    DatasetNotFound,
    InvalidOptions,
    MetaStore,
    RevisionNotFound,
    create_backend,
)
from ckanext.versioning.metastore.backends.git import GitBackend
from ckanext.versioning.metastore.backends.git.commits import encode_commit
from ckanext.versioning.metastore.backends.git.objects import (
    BLOB,
    COMMIT,
    Objects,
    identify,
    open_repository,
)
from ckanext.versioning.metastore.conformance.tools import FILES, MISSING, grow, info, new_id

from .git_tools import DATASET, loose_path, repository


@pytest.fixture
def backend(tmp_path: Path) -> GitBackend:
    return GitBackend(tmp_path / "store", fsync=False)


def objects_of(backend: GitBackend) -> Objects:
    path = str(repository(backend))
    return Objects(open_repository(path), path)


@pytest.mark.parametrize("path", ["relative", "", None, 1, b"/tmp"])
def test_a_path_must_be_absolute(path: object) -> None:
    with pytest.raises(InvalidOptions, match="absolute"):
        create_backend("git", {"path": path})


def test_a_path_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BackendUnavailable, match="can't be used"):
        create_backend("git", {"path": tmp_path / "file"})


def test_what_private_datasets_hold_is_not_for_everybody(backend: GitBackend) -> None:
    grow(backend, DATASET, 1)
    path = repository(backend)
    assert path.parts[-3:] == ("5f", "3c", f"{DATASET}.git")
    for folder in (path, path.parent, path.parent.parent):
        assert not stat.S_IMODE(folder.stat().st_mode) & 0o007


def test_a_durable_write_reads_back(tmp_path: Path) -> None:
    backend = GitBackend(tmp_path)
    grow(backend, DATASET, 2)
    assert GitBackend(tmp_path).count(DATASET) == 2


def test_what_another_process_did_is_noticed(backend: GitBackend, tmp_path: Path) -> None:
    other = GitBackend(tmp_path / "store", fsync=False)
    (first,) = grow(backend, DATASET, 1)
    assert other.head(DATASET) == first
    second = backend.commit(DATASET, FILES, parent=first.id, info=info(1))
    assert other.head(DATASET) == second
    backend.maintain(DATASET)
    assert other.read(DATASET, first.id) == {"datapackage.json": b'{"n": 0}\n'}
    new = new_id()
    backend.move(DATASET, new)
    with pytest.raises(DatasetNotFound):
        other.head(DATASET)
    assert other.head(new).id == second.id
    assert other.count(new) == 2
    for n in range(20):
        backend.purge(new)
        with pytest.raises(DatasetNotFound):
            other.head(new)
        created = backend.commit(new, {"n": b"%d" % n}, parent=None, info=info(n))
        with pytest.raises(RevisionNotFound):
            other.revision(new, first.id)
        assert list(other.log(new)) == [created]
        assert other.read(new, created.id) == {"n": b"%d" % n}


def test_handles_do_not_pile_up(backend: GitBackend) -> None:
    descriptors = Path("/proc/self/fd")
    if not descriptors.is_dir():
        pytest.skip("there is no /proc")
    ids = [new_id() for _ in range(150)]
    for dataset_id in ids:
        grow(backend, dataset_id, 2)
        backend.maintain(dataset_id)  # a pack is a file that stays open
    before = len(os.listdir(descriptors))
    for dataset_id in ids * 2:
        assert backend.read(dataset_id, backend.head(dataset_id).id)
    assert len(os.listdir(descriptors)) <= before + 64 * 2
    backend.close()
    assert len(os.listdir(descriptors)) <= before


def test_a_forked_child_reads_and_writes(backend: GitBackend) -> None:
    (first,) = grow(backend, DATASET, 1)
    with backend.exclusive(DATASET):
        child = os.fork()
        if not child:
            # The parent's right to write is not the child's: it waits for its turn.
            code = 1
            try:
                backend.commit(DATASET, FILES, parent=backend.head(DATASET).id, info=info(2))
                code = 0
            finally:
                os._exit(code)
        second = backend.commit(DATASET, FILES, parent=first.id, info=info(1))
    _, status = os.waitpid(child, 0)
    # The child read its parent before or after; in the first case it was refused.
    log = list(backend.log(DATASET))
    assert log[-2:] == [second, first]
    assert len(log) == (3 if status == 0 else 2)


def test_locks_left_by_the_dead_are_cleared(backend: GitBackend) -> None:
    grow(backend, DATASET, 1)
    store, path = MetaStore(backend), repository(backend)
    store.tag_create(DATASET, "v0")
    for name in ("refs/heads/main.lock", "packed-refs.lock", "refs/tags/v1.lock"):
        (path / name).touch()
    store.dataset_patch(DATASET, {"more": 1})
    store.tag_create(DATASET, "v1")
    for name in ("packed-refs.lock", "refs/tags/v1.lock", "refs/tags/v2.lock"):
        (path / name).touch()
    store.tag_update(DATASET, "v1", new_name="v2")
    (path / "packed-refs.lock").touch()
    store.tag_delete(DATASET, "v2")
    (path / "packed-refs.lock").touch()
    backend.maintain(DATASET)
    assert [tag.name for tag in backend.tag_list(DATASET)] == ["v0"]
    assert backend.count(DATASET) == 2


def test_a_commit_that_never_became_head_is_no_revision(backend: GitBackend) -> None:
    first, second = grow(backend, DATASET, 2)
    objects = objects_of(backend)
    tree = objects.write_files({"a": b"secret"})
    orphan = objects.write(COMMIT, encode_commit(tree, first.id, info(5)))
    for call in (
        lambda: backend.revision(DATASET, orphan),
        lambda: backend.read(DATASET, orphan),
        lambda: MetaStore(backend).revision_read(DATASET, orphan[:10]),
    ):
        with pytest.raises(RevisionNotFound):
            call()
    assert backend.find(DATASET, orphan[:10]) == []
    for other in (tree, identify(BLOB, b"secret")):
        assert backend.find(DATASET, other[:10]) == []
        with pytest.raises(RevisionNotFound):
            backend.revision(DATASET, other)
    assert backend.head(DATASET) == second


def test_folders_that_the_head_has_are_not_written_again(backend: GitBackend) -> None:
    """A dataset has a folder per file, and most of a revision's are those of the one before."""
    tree = {f"data/{n}/f": b"%d" % n for n in range(9)}
    first = backend.commit(DATASET, tree, parent=None, info=info())
    unchanged, changed = (
        loose_path(repository(backend), identify(BLOB, data)) for data in (b"1", b"x")
    )
    unchanged.unlink()
    backend.commit(DATASET, {**tree, "data/2/f": b"x"}, parent=first.id, info=info(1))
    assert changed.exists()
    assert not unchanged.exists()


def test_prefixes_that_several_objects_share(backend: GitBackend) -> None:
    (first,) = grow(backend, DATASET, 1)
    objects = objects_of(backend)
    tree = objects.write_files({"a": b"x"})
    # By chance alone, 7 digits are shared by two of some 20,000.
    seen: dict[str, int] = {}
    for n in count():
        data = encode_commit(tree, first.id, info(n))
        prefix = identify(COMMIT, data)[:7]
        if prefix in seen:
            break
        seen[prefix] = n
    one = info(seen[prefix])
    revision = backend.commit(DATASET, {"a": b"x"}, parent=first.id, info=one)
    assert revision.id.startswith(prefix)
    twin = objects.write(COMMIT, data)
    # The twin is no revision, so the prefix is not ambiguous.
    assert backend.find(DATASET, prefix) == [revision.id]
    assert MetaStore(backend).revision_read(DATASET, prefix) == revision
    ref = repository(backend) / "refs" / "heads" / "main"
    child = objects.write(COMMIT, encode_commit(tree, twin, info(1)))
    ref.write_text(f"{child}\n")
    assert backend.find(DATASET, prefix) == [twin]


def test_an_ambiguous_prefix_names_the_candidates(
    backend: GitBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(backend, DATASET, 2)
    candidates = ["abcdef01" + "0" * 32, "abcdef02" + "0" * 32]
    monkeypatch.setattr(backend, "find", lambda dataset_id, prefix: candidates)
    with pytest.raises(AmbiguousRef) as caught:
        MetaStore(backend).revision_read(DATASET, "abcdef0")
    assert caught.value.candidates == tuple(candidates)


def test_listing_skips_what_is_no_dataset(backend: GitBackend, tmp_path: Path) -> None:
    grow(backend, DATASET, 1)
    root = tmp_path / "store"
    (root / "5f" / "file").touch()
    (root / "5f" / "3c" / "note.txt").touch()
    (root / "lost+found").mkdir()
    (root / "zz").touch()
    assert backend.list() == [DATASET]


def test_short_ids_are_listed_in_order(backend: GitBackend) -> None:
    ids = ["a", "a-b", "a.b", "a0", "a_", "ab", "ab-c", "abc", "abcd", "abc-d", "b", "ab.c", "abc_"]
    for dataset_id in ids:
        grow(backend, dataset_id, 1)
    assert backend.list() == sorted(ids)
    for dataset_id in ids:
        assert backend.list(after=dataset_id) == [i for i in sorted(ids) if i > dataset_id]


def test_what_a_crashed_purge_left_is_swept(backend: GitBackend, tmp_path: Path) -> None:
    grow(backend, DATASET, 1)
    hidden = backend._layout.discard(DATASET, False)
    assert Path(hidden).is_dir()
    GitBackend(tmp_path / "store", fsync=False)
    assert not Path(hidden).exists()


def test_check_tells_whether_a_commit_could_be_stored(backend: GitBackend, tmp_path: Path) -> None:
    backend.check()
    (tmp_path / "store").rename(tmp_path / "gone")
    with pytest.raises(BackendUnavailable):
        backend.check()


def test_missing_revisions_are_told_quickly(backend: GitBackend) -> None:
    grow(backend, DATASET, 3)
    handle = backend._handle(DATASET)
    with pytest.raises(RevisionNotFound):
        handle.require(MISSING)
    assert handle._steps == {}  # it did not walk


def test_many_far_revisions_cost_one_walk(backend: GitBackend) -> None:
    revisions = grow(backend, DATASET, 210)
    backend.close()
    handle = backend._handle(DATASET)
    for revision in revisions[5::-1]:  # further back than it walks for one
        handle.require(revision.id)
    assert len(handle._far) == 4
    assert len(handle._steps) == 210
