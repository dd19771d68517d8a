"""What git sees: commits, tags, files, and what we read of those that plain git made."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import pytest
from hypothesis import given

pytest.importorskip("pygit2")

from ckanext.versioning.metastore import (
    Author,
    Change,
    CommitInfo,
    MetaStore,
    Snapshot,
    Tag,
    TagNotFound,
    Visibility,
)
from ckanext.versioning.metastore.backends.git import GitBackend
from ckanext.versioning.metastore.backends.git.commits import (
    decode_commit,
    decode_tag,
    encode_commit,
    encode_tag,
    read_headers,
)
from ckanext.versioning.metastore.conformance.tools import START, authors, grow, infos, texts, times

from .git_tools import DATASET, git, needs_git, repository

TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
ID = "a" * 40


@pytest.fixture
def backend(tmp_path: Path) -> GitBackend:
    return GitBackend(tmp_path / "store", fsync=False)


@given(info=infos)
def test_any_info_reads_back_from_its_commit(info: CommitInfo) -> None:
    for parent in (None, "b" * 40):
        data = encode_commit(TREE, parent, info)
        revision = decode_commit(DATASET, ID, read_headers(data))
        assert (revision.info, revision.parent) == (info, parent)
        assert b"\0" not in data


@pytest.mark.parametrize(
    "time", [datetime(1969, 12, 31, 23), datetime(1, 1, 1), datetime(9999, 1, 1)]
)
def test_times_that_git_can_not_hold(time: datetime) -> None:
    info = CommitInfo(Author(), time.replace(tzinfo=timezone.utc), "m", "create")
    headers = read_headers(encode_commit(TREE, None, info))
    assert decode_commit(DATASET, ID, headers).info == info


@given(description=texts(), author=authors, time=times)
def test_any_tag_reads_back_from_its_object(
    description: str, author: Author, time: datetime
) -> None:
    tag = Tag("v1", description, author, time, ID, START)
    assert decode_tag("v1", ID, START, read_headers(encode_tag(tag))) == tag


def test_a_commit_reads_like_a_story() -> None:
    info = CommitInfo(
        Author("u-1", "Ada"),
        datetime(2024, 2, 29, tzinfo=timezone.utc),
        "Change title",
        "update",
        visibility=Visibility(True, "draft"),
        reverted_to=ID,
        change_id="c-1",
    )
    assert encode_commit(TREE, ID, info).decode() == (
        f"tree {TREE}\nparent {ID}\n"
        "author Ada <> 1709164800 +0000\ncommitter Ada <> 1709164800 +0000\n\n"
        "Change title\n\n"
        "Action: update\nAuthor-Id: u-1\nPrivate: true\nState: draft\n"
        f"Reverted-To: {ID}\nChange-Id: c-1\n"
    )


def test_an_address_that_is_not_given_is_nowhere() -> None:
    data = encode_commit(TREE, None, CommitInfo(Author("u", "Ada"), START, "m", "create"))
    assert b"Ada <> " in data
    assert b"@" not in data


@needs_git
def test_plain_git_finds_no_fault(backend: GitBackend, tmp_path: Path) -> None:
    store = MetaStore(backend)
    odd = Author("id\n", "<x>\n\0 .,", "not an address >")
    store.dataset_create(DATASET, Snapshot({"name": "x"}), Change(odd, "a\0b\r\n\nAction: z"))
    store.dataset_update(DATASET, Snapshot({"name": "y"}), Change(Author(), time=START))
    store.tag_create(DATASET, "v1", description="\0", author=odd)
    path = repository(backend)
    assert git(path, "fsck", "--strict", "--full") == ""
    backend.maintain(DATASET)
    assert git(path, "fsck", "--strict", "--full") == ""
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(path), str(clone))
    assert (clone / "datapackage.json").read_text() == '{\n  "name": "y"\n}\n'
    assert git(clone, "log", "--format=%s") == "Rename to y\na\ufffdb"
    assert git(clone, "tag", "--list") == "v1"
    assert '-  "name": "x"\n+  "name": "y"' in git(clone, "log", "-p")


@needs_git
def test_commits_and_tags_that_plain_git_made_are_read(backend: GitBackend, tmp_path: Path) -> None:
    first, second = grow(backend, DATASET, 2)
    path = repository(backend)
    tree = git(path, "rev-parse", "main^{tree}")
    message = b'Hand made\n\nWith a body\n\nAction: "broken\nSigned-off-by: x\n'
    foreign = git(path, "commit-tree", tree, "-p", second.id, stdin=message)
    git(path, "update-ref", "refs/heads/main", foreign)
    git(path, "tag", "light", first.id)
    git(path, "tag", "-a", "-m", "An annotated one", "deep/annotated", second.id)
    git(path, "tag", "-a", "-m", "Tag of a tag", "nested", "deep/annotated")
    git(path, "tag", "a-tree", tree)
    orphan = git(path, "commit-tree", tree, stdin=b"elsewhere")
    git(path, "tag", "elsewhere", orphan)
    head = backend.head(DATASET)
    assert (head.id, head.parent, head.info.action) == (foreign, second.id, "update")
    assert head.info.author == Author("", "Plain Git", "git@example.com")
    assert head.info.message == message.decode().removesuffix("\n")
    tags = {tag.name: tag for tag in backend.tag_list(DATASET)}
    assert {name: tag.revision_id for name, tag in tags.items()} == {
        "light": first.id,
        "deep/annotated": second.id,
        "nested": second.id,
    }
    assert tags["light"].time == first.info.time
    assert tags["deep/annotated"].description == "An annotated one"
    store = MetaStore(backend)
    assert store.tag_read(DATASET, "deep/annotated") == tags["deep/annotated"]
    assert store.revision_read(DATASET, "nested") == second
    for ignored in ("a-tree", "elsewhere"):
        with pytest.raises(TagNotFound):
            backend.tag_read(DATASET, ignored)
    store.dataset_patch(DATASET, {"more": 1})
    backend.tag_delete(DATASET, "deep/annotated")
    assert backend.count(DATASET) == 4


@needs_git
def test_plain_git_may_pack_and_collect(backend: GitBackend) -> None:
    revisions = grow(backend, DATASET, 5)
    path = repository(backend)
    store = MetaStore(backend)
    for name in ("v1", "v2", "v3"):
        store.tag_create(DATASET, name, "head~1")
    git(path, "gc", "--quiet")
    assert list(backend.log(DATASET)) == revisions[::-1]
    store.tag_update(DATASET, "v1", new_name="w1")
    store.tag_delete(DATASET, "v2")
    store.dataset_patch(DATASET, {"more": 1})
    backend.maintain(DATASET)
    assert {tag.name for tag in backend.tag_list(DATASET)} == {"w1", "v3"}
    assert git(path, "tag", "--list") == "v3\nw1"
    assert git(path, "fsck", "--strict", "--no-dangling") == ""
    assert backend.count(DATASET) == 6
