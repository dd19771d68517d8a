"""Differences: matched by what identifies a thing, exact as patches, readable as text."""

from __future__ import annotations

import copy
import difflib
import json
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.versioning.metastore import ChangeSummary, ResourceChange, diff, summarize
from ckanext.versioning.metastore.encoding import pretty, same
from ckanext.versioning.metastore.textdiff import opcodes

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-2, 2)
    | st.sampled_from([0.0, 1.0, "1", "", "a/b", "~"])
)
things = st.fixed_dictionaries(
    {},
    optional={
        "id": st.sampled_from(["1", "2", "3", 1, ""]),
        "key": scalars,
        "name": scalars,
        "v": scalars,
    },
)
values = st.recursive(
    scalars | st.lists(things, max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["a", "b", "a/b", "~", "", "-"]), inner, max_size=3)
    ),
    max_leaves=12,
)
documents = st.dictionaries(
    st.sampled_from(["title", "extras", "resources", "a/b", "", "x"]), values, max_size=5
)
KEYED = [{"id": str(n), "name": f"n{n}", "v": n} for n in range(6)]


@given(before=documents, after=documents)
def test_a_patch_makes_the_one_of_the_other(before: dict[str, Any], after: dict[str, Any]) -> None:
    jsonpatch = pytest.importorskip("jsonpatch")
    patch = diff(before, after).to_json_patch()
    made = jsonpatch.apply_patch(copy.deepcopy(before), patch)
    assert same(made, after)
    assert bool(patch) != same(before, after)
    json.dumps(patch)


@given(
    before=st.lists(st.sampled_from(KEYED), max_size=6, unique_by=lambda item: item["id"]),
    after=st.lists(st.sampled_from(KEYED), max_size=6, unique_by=lambda item: item["id"]),
)
def test_resources_that_come_go_and_move(before: list[Any], after: list[Any]) -> None:
    jsonpatch = pytest.importorskip("jsonpatch")
    a, b = {"resources": before}, {"resources": after}
    made = jsonpatch.apply_patch(copy.deepcopy(a), diff(a, b).to_json_patch())
    assert same(made, b)
    resources, summary = diff(a, b).resources, summarize(a, b)
    old, new = [r["id"] for r in before], [r["id"] for r in after]
    assert [r["id"] for r in resources["added"]] == [i for i in new if i not in old]
    assert [r["id"] for r in resources["removed"]] == [i for i in old if i not in new]
    assert resources["changed"] == []
    moved = [i for i in old if i in new] != [i for i in new if i in old]
    assert (resources["reordered"], summary.reordered) == (moved, moved)


@given(before=documents, after=documents)
def test_a_difference_is_empty_if_and_only_if_nothing_changed(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    difference = diff(before, after)
    told = bool(
        difference.fields
        or any(difference.resources[key] for key in ("added", "removed", "changed", "reordered"))
    )
    nothing = same(before, after)
    assert told != nothing
    assert difference.empty == nothing
    assert summarize(before, after).empty == nothing
    assert bool(difference.to_unified()) != nothing
    assert bool(difference.to_context()) != nothing


def test_removing_one_of_many_is_one_operation() -> None:
    after = [*KEYED[:1], {**KEYED[2], "v": "new"}, *KEYED[3:5], {"id": "9"}, KEYED[5]]
    assert diff({"resources": KEYED}, {"resources": after}).to_json_patch() == [
        {"op": "remove", "path": "/resources/1"},
        {"op": "replace", "path": "/resources/1/v", "value": "new"},
        {"op": "add", "path": "/resources/4", "value": {"id": "9"}},
    ]


def test_fields_are_named_by_what_identifies_them() -> None:
    before = {
        "title": "T",
        "gone": 1,
        "extras": [{"key": "a/b", "value": 1}, {"key": "x", "value": 1}],
        "tags": [{"name": "t1"}, {"name": "t2"}],
        "groups": [{"id": "g", "title": {"en": "G"}}],
        "words": ["a", "b"],
        "resources": [{"id": "r1", "name": "n"}, {"id": "r2", "name": "n"}],
    }
    after = {
        "title": "U",
        "extras": [{"key": "x", "value": 1}, {"key": "a/b", "value": True}],
        "tags": [{"name": "t2"}, {"name": "t3"}],
        "groups": [{"id": "g", "title": {"en": "H", "fr": "G"}}],
        "words": ["a", "c"],
        "new": None,
        "resources": [{"id": "r2", "name": "m"}, {"id": "r3", "name": "n"}],
    }
    assert diff(before, after).to_dict() == {
        "fields": [
            {"path": "/extras/a~1b/value", "op": "change", "from": 1, "to": True},
            {"path": "/extras", "op": "reorder", "from": ["a/b", "x"], "to": ["x", "a/b"]},
            {"path": "/gone", "op": "remove", "from": 1},
            {"path": "/groups/g/title/en", "op": "change", "from": "G", "to": "H"},
            {"path": "/groups/g/title/fr", "op": "add", "to": "G"},
            {"path": "/new", "op": "add", "to": None},
            {"path": "/tags/t1", "op": "remove", "from": {"name": "t1"}},
            {"path": "/tags/t3", "op": "add", "to": {"name": "t3"}},
            {"path": "/title", "op": "change", "from": "T", "to": "U"},
            {"path": "/words", "op": "change", "from": ["a", "b"], "to": ["a", "c"]},
        ],
        "resources": {
            "added": [{"id": "r3", "name": "n"}],
            "removed": [{"id": "r1", "name": "n"}],
            "changed": [
                {
                    "id": "r2",
                    "name": "m",
                    "fields": [{"path": "/name", "op": "change", "from": "n", "to": "m"}],
                }
            ],
            "reordered": False,
        },
        "files": [],
    }
    assert summarize(before, after) == ChangeSummary(
        fields=("extras", "gone", "groups", "new", "tags", "title", "words"),
        added=(ResourceChange("r3", "n"),),
        removed=(ResourceChange("r1", "n"),),
        changed=(ResourceChange("r2", "m", ("name",)),),
    )


def test_duplicates_are_matched_by_position() -> None:
    before = {"extras": [{"key": "a", "value": 1}, {"key": "a", "value": 2}, {"key": "b"}]}
    after = {"extras": [{"key": "a", "value": 1}, {"key": "a", "value": 3}, {"key": "b"}]}
    assert diff(before, after).fields == [
        {"path": "/extras/1/value", "op": "change", "from": 2, "to": 3}
    ]


@pytest.mark.parametrize(
    ("before", "after", "identity"),
    [
        ([{"name": "a"}], [{"name": "a", "id": "1"}], "1"),  # ids come later: matched by name
        ([{"name": "a"}, {"name": "a"}], [{"name": "a"}, {"name": "a", "v": 1}], "1"),
        ([{"id": "", "name": "a"}], [{"id": "", "name": "a", "v": 1}], "a"),
        ([{"id": 7}], [{"id": 7, "v": 1}], "7"),
        ([{"name": {"en": "a"}}], [{"name": {"en": "a"}, "v": 1}], "0"),
    ],
)
def test_how_odd_resources_are_matched(before: Any, after: Any, identity: str) -> None:
    resources = diff({"resources": before}, {"resources": after}).resources
    assert [r["id"] for r in resources["changed"]] == [identity]
    assert not resources["added"] + resources["removed"]


@pytest.mark.parametrize("odd", ["text", {"a": 1}, [1], ["a", {}], 7])
def test_resources_that_are_none_are_a_field(odd: Any) -> None:
    before, after = {"resources": [{"id": "1"}]}, {"resources": odd}
    assert diff(before, after).resources["removed"] == []
    assert summarize(before, after).fields == ("resources",)
    assert summarize({"resources": odd}, {"resources": odd}).empty


def test_resources_appear_and_vanish() -> None:
    for none in ({}, {"resources": None}, {"resources": []}):
        there = {"resources": [{"id": "1"}]}
        assert diff(none, there).resources["added"] == [{"id": "1", "name": ""}]
        assert diff(there, none).resources["removed"] == [{"id": "1", "name": ""}]
        assert diff(none, there).fields == []
    assert summarize({}, {"resources": []}).fields == ("resources",)


def test_the_first_revision_has_everything() -> None:
    after = {"name": "x", "resources": [{"id": "1", "name": "n"}]}
    assert summarize(None, after) == ChangeSummary(
        fields=("name",), added=(ResourceChange("1", "n"),)
    )


@given(before=documents, after=documents)
@settings(max_examples=50)
@pytest.mark.skipif(shutil.which("patch") is None, reason="there is no patch command")
def test_text_applies_with_patch(before: dict[str, Any], after: dict[str, Any]) -> None:
    import tempfile

    difference = diff(before, after, before_label="a", after_label="b")
    for flag, text in (("-u", difference.to_unified()), ("-c", difference.to_context())):
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder, "file")
            target.write_text(pretty(before))
            if text:
                subprocess.run(
                    ["patch", "--quiet", flag, str(target)], input=text.encode(), check=True
                )
            assert target.read_text() == pretty(after)


lines = st.lists(st.sampled_from(["a", "b", "c", "d", "{", "}"]), min_size=1, max_size=12)


@given(a=lines, b=lines)
def test_opcodes_rebuild_and_tell_the_truth(a: list[str], b: list[str]) -> None:
    i = j = 0
    for tag, i1, i2, j1, j2 in opcodes(a, b):
        assert (i1, j1) == (i, j)
        assert (tag == "equal") == (a[i1:i2] == b[j1:j2])
        i, j = i2, j2
    assert (i, j) == (len(a), len(b)) or a == b


def test_text_is_as_difflib_writes_it() -> None:
    before = {f"f{n}": n for n in range(40)}
    after = {**before, "f11": "x", "f30": None, "new": 1}
    del after["f5"]
    a, b = (pretty(d).splitlines(keepends=True) for d in (before, after))
    difference = diff(before, after, before_label="x", after_label="y")
    assert difference.to_unified() == "".join(
        line if line.endswith("\n") else line + "\n"
        for line in _stripped(difflib.unified_diff(a, b, "x", "y"))
    )
    assert difference.to_context() == "".join(_stripped(difflib.context_diff(a, b, "x", "y")))


def _stripped(lines: Any) -> list[str]:
    return list(lines)


class Cells(HTMLParser):
    """Collects tags and text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_html_escapes_everything() -> None:
    evil = "<script>alert(1)</script>\"'&"
    before = {"a": evil, evil: 1, "resources": [{"id": evil, "name": evil}, {"id": "x", "n": 1}]}
    after = {"a": {evil: evil}, "resources": [{"id": "x", "n": evil}, {"id": "y", "name": evil}]}
    cells = Cells()
    html = diff(before, after, before_label=evil, after_label=evil).to_html()
    cells.feed(html)
    assert cells.tags == {"table", "thead", "tbody", "tr", "th", "td"}
    assert "<script" not in html
    text = "".join(cells.texts)
    assert text.replace("~1", "/").count(evil) == 8


def test_large_documents_take_no_square_of_time() -> None:
    # Every line differs or repeats: what a plain comparison takes minutes for.
    before = {"resources": [{"id": str(n), "v": "same", "w": n % 3} for n in range(5000)]}
    after = {"resources": [{"id": f"x{n}", "v": "same", "w": n % 5} for n in range(5000)]}
    difference = diff(before, after)
    assert len(difference.resources["added"]) == 5000
    assert difference.to_unified().count("\n+") >= 5000
    assert difference.to_json_patch()
    assert len(summarize(before, after).removed) == 5000
