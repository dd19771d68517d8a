"""Captured files in the data package: what is said of them, and where they are."""

from __future__ import annotations

import hashlib
import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.versioning.mapping import CapturedFile, to_datapackage
from ckanext.versioning.mapping.captured import MAX_NAME_BYTES, data_folders, file_name
from ckanext.versioning.metastore import Snapshot
from ckanext.versioning.metastore.names import check_tree

from .real import everything, needs_real
from .shapes import ODD, dataset, resource
from .strategies import TRICKY
from .validity import problems

SHA256 = "0123456789abcdef" * 4
TRICKIER = [
    "a/b.csv", "a\\b.csv", "C:\\data\\x.csv", ".git", ".GIT", ".gitattributes", "\u200c.git",
    "git~1", "GIT~1", ".g\u200cit", "con", "CON.csv", "nul .csv", "com¹.x", "clock$", "a..b", "a. ",
    " a", "a.", "\u202egpj.exe", "e\u0301.csv", "\u212b.csv", "%x%y", "$HOME", "a" * 300 + ".csv",
    "é" * 200, "." + "x" * 300, "x." + "y" * 300, "👩\u200d🚀.csv", "poetry.lock", "a\x85b", "~",
    "-", "_",
]  # fmt: skip

names = (
    st.sampled_from([*TRICKY, *TRICKIER])
    | st.text(max_size=20)
    | st.text("./\\~ _a\u200c\u0301:$", max_size=8)
    | st.text("é語.\u0301", min_size=MAX_NAME_BYTES // 3, max_size=2 * MAX_NAME_BYTES)
)


@given(names)
def test_every_name_becomes_a_safe_one_and_stays_it(name: str) -> None:
    safe = file_name(name)
    assert file_name(safe) == safe
    assert "/" not in safe
    assert ".." not in safe
    assert not safe.startswith(".")
    assert len(safe.encode()) <= MAX_NAME_BYTES
    assert unicodedata.is_normalized("NFC", safe)
    check_tree([f"data/x/{safe}"])
    package = {"name": "x", "profile": "data-package", "resources": []}
    package["resources"] = [{"name": "x", "path": f"data/x/{safe}"}]
    assert problems(package) == []


@pytest.mark.parametrize(
    "name",
    ["prices.csv", "Preise 2024 (endgültig).csv", "数据.xlsx", "a_b-c+d,e'f&g=h@i!.tar.gz",
     "README", "👩\u200d🚀.csv", "poetry.lock", "console.csv", "[1] {x}.csv"],
)  # fmt: skip
def test_a_good_name_stays(name: str) -> None:
    assert file_name(name) == name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\data\\x.csv", "x.csv"),
        (".gitattributes", "_gitattributes"),
        ("\u200c.git", "_git"),
        ("Con.csv", "_Con.csv"),
        ("what?.csv", "what_.csv"),
        ("a..csv", "a.csv"),
        ("e\u0301.csv", "é.csv"),
        ("abc\u202evsc.exe", "abcvsc.exe"),
        ("..", "file"),
        ("", "file"),
        ("a" * 300 + ".csv", "a" * (MAX_NAME_BYTES - 4) + ".csv"),
        ("語" * 300 + ".csv", "語" * ((MAX_NAME_BYTES - 4) // 3) + ".csv"),
    ],
)
def test_a_bad_name_is_mended(name: str, safe: str) -> None:
    assert file_name(name) == safe


@given(st.lists(st.sampled_from(["con", "_con", "_con-2", "a", "a.", "a-2", "..a"]), unique=True))
def test_no_two_resources_share_a_folder(resources: list[str]) -> None:
    folders = data_folders(resources)
    assert len({folder.lower() for folder in folders}) == len(resources)
    check_tree([f"{folder}/x" for folder in folders])


def test_two_resources_with_one_name_and_one_file_name() -> None:
    twins = [resource(id=key, name="Prices", url="p.csv") for key in ("r1", "r2")]
    files = {key: CapturedFile("p.csv", SHA256, 1) for key in ("r1", "r2")}
    package = to_datapackage(dataset(resources=twins), files)
    found = [(r["name"], r["path"]) for r in package["resources"]]
    assert len(set(found)) == 2
    assert all(path == f"data/{name}/p.csv" for name, path in found)


def test_what_is_said_of_a_kept_file() -> None:
    given = resource(id="r1", name="Prices", url="p 1.csv", url_type="upload", size=7, hash="beef")
    package = to_datapackage(
        dataset(resources=[given]), {"r1": CapturedFile("p 1.csv", SHA256, 12)}
    )
    assert problems(package) == []
    (found,) = package["resources"]
    told = {key: found[key] for key in ("path", "bytes", "hash", "kept")}
    assert told == {
        "path": "data/prices/p 1.csv",
        "bytes": 12,
        "hash": f"sha256:{SHA256}",
        "kept": True,
    }
    # What CKAN says of the file is not lost.
    assert found["ckan"].items() >= {"size": 7, "hash": "beef", "url": "p 1.csv"}.items()
    (file,) = Snapshot(package).files
    assert file.to_dict() == told
    assert file.resource == "r1"


def test_a_file_that_is_not_kept_stays_where_it_is() -> None:
    given = resource(id="r1", name="Prices", url="p.csv", url_type="upload", size=12)
    bare = to_datapackage(dataset(resources=[given]))
    package = to_datapackage(
        dataset(resources=[given]), {"r1": CapturedFile("p.csv", SHA256, 12, kept=False)}
    )
    assert problems(package) == []
    assert package["resources"] == [
        {**bare["resources"][0], "bytes": 12, "hash": f"sha256:{SHA256}", "kept": False}
    ]


def test_a_file_of_a_resource_that_is_not_there_is_nowhere() -> None:
    assert to_datapackage(dataset(), {"other": CapturedFile("x", SHA256, 1)}) == to_datapackage(
        dataset()
    )


@pytest.mark.parametrize("path", ["data/prices/p.csv", "p.csv"])
def test_no_field_of_ckan_passes_for_a_captured_file(path: str) -> None:
    """Otherwise who knows the hash of a file would get the file."""
    claims = {"kept": True, "hash": f"sha256:{SHA256}", "size": 12, "bytes": 12}
    given = resource(id="r1", name="prices", url=path, path=path, url_type="upload", **claims)
    package = to_datapackage(dataset(resources=[given]))
    assert Snapshot(package).files == ()
    assert package["resources"][0]["ckan"]["kept"] is True
    text = json.dumps({"kept": True})
    assert Snapshot(to_datapackage(dataset(resources=[{**given, "kept": text}]))).files == ()


def captured(source: dict[str, object]) -> dict[str, CapturedFile]:
    found = {}
    for item in source.get("resources") or []:  # type: ignore[attr-defined]
        if isinstance(item, dict) and isinstance(item.get("id"), str):
            name = str(item.get("url") or item.get("name") or "")
            digest = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()
            found[item["id"]] = CapturedFile(name, digest, len(name))
    return found


@pytest.mark.parametrize("name", ODD)
def test_odd_datasets_with_files_are_valid(name: str) -> None:
    assert problems(to_datapackage(ODD[name], captured(ODD[name]))) == []


@needs_real
def test_every_real_dataset_with_all_its_files_is_valid() -> None:
    count = 0
    for source in everything():
        files = captured(source)
        package = to_datapackage(source, files)
        assert problems(package) == [], source.get("id")
        kept = Snapshot(package).files
        assert {file.resource: file.sha256 for file in kept} == {
            key: file.sha256 for key, file in files.items()
        }
        check_tree([file.path for file in kept])
        assert len({file.path.lower() for file in kept}) == len(kept)
        count += len(kept)
    assert count > 1000
