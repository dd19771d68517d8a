"""Data files: which they are, what a change of one means, how they are stored."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.versioning.metastore import (
    DataFile,
    InvalidSnapshot,
    JSONObject,
    MetaStore,
    ResourceChange,
    ResourceNotFound,
    Snapshot,
    create_metastore,
    diff,
)
from ckanext.versioning.metastore.backends.memory import MemoryBackend

Content = dict[str, "bytes | None"]


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def resource(key: str, data: bytes | None, kept: bool = True) -> JSONObject:
    """Return a resource whose file has these bytes, or is not known."""
    found: JSONObject = {"id": f"id-{key}", "name": key, "path": f"data/{key}/{key}.csv"}
    if data is not None:
        found |= {"bytes": len(data), "hash": f"sha256:{sha256(data)}", "kept": kept}
    return found


def snapshot(*resources: JSONObject, **fields: Any) -> Snapshot:
    """Return a snapshot whose source does not tell of files, as CKAN's does not always."""
    source = {"name": "x", **fields}
    source["resources"] = [{"id": r["id"], "name": f"{r['name']}.csv"} for r in resources]
    return Snapshot({"name": "x", **fields, "resources": list(resources)}, source)


@pytest.fixture
def store() -> MetaStore:
    return MetaStore(MemoryBackend())


def test_the_files_of_a_snapshot() -> None:
    one, two = resource("a", b"12"), resource("b", b"123", kept=False) | {"path": "http://x/b"}
    assert snapshot(one, resource("c", None), two).files == (
        DataFile("id-a", "data/a/a.csv", sha256(b"12"), 2),
        DataFile("id-b", "http://x/b", sha256(b"123"), 3, kept=False),
    )
    del one["id"]
    assert Snapshot({"resources": [one]}).files[0].resource == "a"


@pytest.mark.parametrize(
    "wrong",
    [
        {"kept": "true"}, {"kept": 1}, {"kept": None}, {"bytes": "2"}, {"bytes": -1},
        {"bytes": True}, {"bytes": None}, {"hash": None}, {"hash": sha256(b"")},
        {"hash": "md5:" + "a" * 32}, {"hash": "sha256:" + "A" * 64},
        {"hash": f"sha256:{sha256(b'')}\n"}, {"path": None}, {"path": "a.csv"},
        {"path": "https://example.org/data/a.csv"}, {"path": ["data/a.csv"]},
        {"id": None, "name": None},
    ],
)  # fmt: skip
def test_what_is_no_data_file(wrong: JSONObject) -> None:
    assert Snapshot({"resources": [resource("a", b"12") | wrong]}).files == ()


@pytest.mark.parametrize("resources", [None, {}, "x", [None, "x", []]])
def test_no_list_of_resources_has_no_files(resources: Any) -> None:
    assert Snapshot({"resources": resources}).files == ()


def test_files_are_stored_as_git_lfs_pointers(store: MetaStore) -> None:
    content = snapshot(
        resource("a", b"12"),
        resource("b", b"no", kept=False),
        resource("empty", b""),
        resource("c", None),
    )
    revision = store.dataset_create("x", content)
    files = store.backend.read("x", revision.id)
    assert set(files) == {
        "datapackage.json", "ckan.json", ".gitattributes", ".lfsconfig",
        "data/a/a.csv", "data/empty/empty.csv",
    }  # fmt: skip
    assert files["data/a/a.csv"].decode() == (
        "version https://git-lfs.github.com/spec/v1\n"
        "oid sha256:6b51d431df5d7f141cbececcf79edf3dd861c3b4069f0b11661a3eefacbba918\n"
        "size 2\n"
    )
    assert files["data/empty/empty.csv"] == b""
    assert files[".gitattributes"] == b"/data/** filter=lfs diff=lfs merge=lfs -text\n"
    assert files[".lfsconfig"] == b"[lfs]\n\tlocksverify = false\n\tskipdownloaderrors = true\n"


def test_without_files_there_is_nothing_of_git_lfs(store: MetaStore) -> None:
    store.dataset_create("x", snapshot(resource("a", b"1")))
    revision = store.dataset_update("x", snapshot(resource("a", b"1", kept=False)))
    assert set(store.backend.read("x", revision.id)) == {"datapackage.json", "ckan.json"}


@pytest.mark.parametrize(
    "path",
    ["data/../x", "data/.git/x", "data/a\\b", "data/con", "data//x", "data/", "data/a/a.csv",
     "data/A/a.CSV", "data/a/a.csv/b"],
)  # fmt: skip
def test_paths_that_can_not_be_stored(store: MetaStore, path: str) -> None:
    with pytest.raises(InvalidSnapshot, match="data file"):
        store.dataset_create(
            "x", snapshot(resource("a", b"1"), resource("b", b"2") | {"path": path})
        )
    assert not store.dataset_exists("x")


def test_a_file_that_was_replaced_is_a_revision(store: MetaStore) -> None:
    first = store.dataset_create("x", snapshot(resource("a", b"old"), resource("b", b"same")))
    second = store.dataset_update("x", snapshot(resource("a", b"new"), resource("b", b"same")))
    assert second.parent == first.id
    assert second.info.message == "Replace file of a.csv"
    assert second.info.summary.changed == (ResourceChange("id-a", "a.csv", ("file",), "change"),)
    assert second.info.summary.fields == ()
    again = store.dataset_update("x", snapshot(resource("a", b"new"), resource("b", b"same")))
    assert again == second


def test_where_a_file_stands_is_no_change(store: MetaStore) -> None:
    first = store.dataset_create("x", snapshot(resource("a", b"1")))
    moved = snapshot(resource("a", b"1") | {"path": "data/a/other.csv"})
    assert store.dataset_update("x", moved) == first


def test_files_in_words(store: MetaStore) -> None:
    states = [
        snapshot(resource("a", None)),
        snapshot(resource("a", b"1")),
        snapshot(resource("a", b"1", kept=False)),
        snapshot(resource("a", None)),
        snapshot(resource("a", b"1"), resource("b", b"2"), title="T"),
        snapshot(resource("b", b"3"), title="U"),
    ]
    store.dataset_create("x", states[0])
    assert [store.dataset_update("x", state).info.message for state in states[1:]] == [
        "Add file of a.csv",
        "Replace file of a.csv",
        "Remove file of a.csv",
        "Change title; add resource b.csv; add file of a.csv",
        "Change title; remove resource a.csv; replace file of b.csv",
    ]


def test_files_of_resources_that_the_source_does_not_know(store: MetaStore) -> None:
    for source in ({"name": "x"}, {"name": "x", "resources": "odd"}):
        key = f"x-{len(source)}"
        store.dataset_create(key, Snapshot({"resources": [resource("a", b"1")]}, source))
        second = store.dataset_update(key, Snapshot({"resources": [resource("a", b"2")]}, source))
        assert second.info.summary.changed == (ResourceChange("id-a", "", ("file",), "change"),)
        assert second.info.message == "Replace file of id-a"


def test_the_difference_tells_of_files(store: MetaStore) -> None:
    store.dataset_create(
        "x", snapshot(resource("a", b"1"), resource("b", b"gone"), resource("c", b"same"))
    )
    store.dataset_update(
        "x", snapshot(resource("a", b"22"), resource("c", b"same"), resource("d", b"", kept=False))
    )
    difference = store.revision_diff("x", "head~1")
    assert not difference.empty

    def facts(key: str, data: bytes, kept: bool = True) -> JSONObject:
        path = f"data/{key}/{key}.csv"
        return {"path": path, "bytes": len(data), "hash": f"sha256:{sha256(data)}", "kept": kept}

    assert difference.to_dict()["files"] == [
        {"resource": "id-b", "name": "b.csv", "op": "remove",
         "from": facts("b", b"gone"), "to": None},
        {"resource": "id-a", "name": "a.csv", "op": "change",
         "from": facts("a", b"1"), "to": facts("a", b"22")},
        {"resource": "id-d", "name": "d.csv", "op": "add", "from": None,
         "to": facts("d", b"", kept=False)},
    ]  # fmt: skip
    assert "/resources/id-a/file</th><td>{\n  &quot;bytes&quot;: 1," in difference.to_html()
    assert store.revision_diff("x", "head").empty


def test_a_difference_of_nothing_but_files_is_not_empty() -> None:
    file = DataFile("a", "data/a", sha256(b"1"), 1)
    assert diff({}, {}).empty
    assert not type(diff({}, {}))({}, {}, before_files=[file]).empty


def test_a_revert_brings_the_files_back(store: MetaStore) -> None:
    first = store.dataset_create("x", snapshot(resource("a", b"1")))
    store.dataset_update("x", snapshot(resource("a", b"2")))
    reverted = store.dataset_revert("x", "head~1")
    assert reverted.parent != first.id
    for revision in (first, reverted):
        files = store.backend.read("x", revision.id, ["data/a/a.csv"])
        assert sha256(b"1").encode() in files["data/a/a.csv"]


def test_the_file_of_a_resource_at_a_revision(store: MetaStore) -> None:
    store.dataset_create("x", snapshot(resource("a", b"1"), resource("b", None)))
    store.dataset_update("x", snapshot(resource("a", b"2"), resource("b", None)))
    assert store.get_file("x", "id-a").sha256 == sha256(b"2")
    assert store.get_file("x", "id-a", "head~1").sha256 == sha256(b"1")
    for missing in ("id-b", "a", "none"):
        with pytest.raises(ResourceNotFound):
            store.get_file("x", missing)


contents = st.lists(
    st.dictionaries(st.sampled_from("abc"), st.none() | st.sampled_from([b"", b"1", b"2"])),
    min_size=1,
    max_size=6,
)


@given(contents)
def test_all_files_that_any_revision_refers_to_each_once(history: list[Content]) -> None:
    store = MetaStore(MemoryBackend())
    states = [
        snapshot(*(resource(key, data) for key, data in sorted(state.items()))) for state in history
    ]
    store.dataset_create("x", states[0])
    for state in states[1:]:
        store.dataset_update("x", state)
    found = list(store.files("x"))
    assert len(set(found)) == len(found)
    assert set(found) == {file for state in states for file in state.files}


def test_the_lfs_server_is_told_to_clones() -> None:
    for url, line in [
        ("https://lfs.example.org/x", '\turl = "https://lfs.example.org/x"\n'),
        ('https://x/"#;\\\n[core]', '\turl = "https://x/\\"#;\\\\\\n[core]"\n'),
    ]:
        store = create_metastore("memory", lfs_server_url=url)
        revision = store.dataset_create("x", snapshot(resource("a", b"1")))
        config = store.backend.read("x", revision.id, [".lfsconfig"])[".lfsconfig"].decode()
        assert config.endswith(f"skipdownloaderrors = true\n{line}")
