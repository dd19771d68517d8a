"""What may be stored under which name."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.versioning.metastore import InvalidName
from ckanext.versioning.metastore.names import (
    check_dataset_id,
    check_path,
    check_tag,
    check_tag_lookup,
    check_tree,
)

EVERYWHERE_BAD = [
    "",
    ".",
    "..",
    "../x",
    "a/../b",
    "/a",
    "a/",
    "a//b",
    ".hidden/..",
    "a\0",
    "a\n",
    "a\x7f",
    "a\x85",
    "a\\b",
    "a\ud800",
    "con",
    "NUL.txt",
    "Com1",
    "lpt9.tar.gz",
    "a.",
    "a ",
    "a:b",
    "a*",
    None,
    7,
    b"a",
]


@pytest.mark.parametrize("name", EVERYWHERE_BAD)
def test_no_name_of_anything(name: object) -> None:
    for check in (check_dataset_id, check_tag, check_path):
        with pytest.raises(InvalidName) as caught:
            check(name)
        assert caught.value.reason
        str(caught.value).encode("utf-8", "backslashreplace")


@pytest.mark.parametrize(
    "dataset_id",
    ["a", "0", "my-dataset", "5f3c9a52-8f4e-4e0a-9c55-0d2f3c1f6a11", "a.b_c", "a" * 100],
)
def test_dataset_ids(dataset_id: str) -> None:
    assert check_dataset_id(dataset_id) == dataset_id


@pytest.mark.parametrize(
    "dataset_id",
    ["A", "a" * 101, "-a", ".a", "_a", "a/b", "a..b", "é", "a b", "a.git", "a.lock", "aux", "a\n"],
)
def test_no_dataset_ids(dataset_id: str) -> None:
    with pytest.raises(InvalidName):
        check_dataset_id(dataset_id)


@pytest.mark.parametrize(
    "tag",
    ["v1.0", "2020-01-01", "é", "日本", "🦊", "a@b", "abcdef", "V1", "a" * 128, "console", "x-y+z"],
)
def test_tags(tag: str) -> None:
    assert check_tag(tag) == tag
    assert check_tag_lookup(tag) == tag


@pytest.mark.parametrize(
    "tag",
    [
        "a/b",
        "head",
        "HEAD",
        "Head",
        "head~1",
        "abcdef1",
        "ABCDEF1",
        "20200101",
        "a" * 64,
        "a" * 129,
        "é" * 126,
        "-a",
        ".a",
        "a..b",
        "a.lock",
        "a.LOCK",
        "a b",
        "a\u00a0b",
        "a\u2028b",
        "a\u202eb",
        "a~b",
        "a^b",
        "a?b",
        "a[b",
        "@",
        "a@{b",
        "a<b",
        "e\u0301",
    ],
)
def test_no_tags(tag: str) -> None:
    with pytest.raises(InvalidName) as caught:
        check_tag(tag)
    assert (caught.value.kind, caught.value.name) == ("tag", tag)


@pytest.mark.parametrize("tag", ["release/1.0", "deadbeef", "head", "a" * 129, "a<b"])
def test_what_plain_git_tagged_can_be_looked_up(tag: str) -> None:
    assert check_tag_lookup(tag) == tag


@pytest.mark.skipif(shutil.which("git") is None, reason="there is no git command")
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6))
def test_git_allows_every_tag_that_we_do(tag: str) -> None:
    try:
        check_tag_lookup(tag)
    except InvalidName:
        return
    done = subprocess.run(["git", "check-ref-format", f"refs/tags/{tag}"], check=False)
    assert done.returncode == 0


@pytest.mark.parametrize(
    "path", ["datapackage.json", "data/a b.csv", ".gitattributes", "d/.x", "é", "poetry.lock"]
)
def test_paths(path: str) -> None:
    assert check_path(path) == path


@pytest.mark.parametrize(
    "path", [".git/config", "a/.GIT", "git~1", "a" * 251, "a/" * 600 + "b", "~/|"]
)
def test_no_paths(path: str) -> None:
    with pytest.raises(InvalidName):
        check_path(path)


def test_a_file_is_no_folder() -> None:
    check_tree(["a", "b/c", "b/d/e"])
    with pytest.raises(InvalidName, match="is a file"):
        check_tree(["a/b/c", "a"])
