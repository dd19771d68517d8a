"""Changes as rows: the shapes that values of custom fields may have."""

from __future__ import annotations

from typing import Any

from ckanext.versioning.metastore import Diff
from ckanext.versioning.views.fieldrows import Row, field_rows
from ckanext.versioning.views.resourcerows import resource_changes

LONG = "A text that is long enough to be compared word by word"


def rows(before: dict[str, Any], after: dict[str, Any], **names: dict[str, str]) -> list[Row]:
    return field_rows(Diff(before, after).fields, str.capitalize, names)


def only(before: Any, after: Any, field: str = "field") -> Row:
    (row,) = rows({field: before}, {field: after})
    return row


def sides(row: Row) -> tuple[Any, Any]:
    return (row.before.kind, row.before.value), (row.after.kind, row.after.value)


def test_short_texts_and_numbers_stand_as_they_are() -> None:
    assert sides(only("a", "b")) == (("text", "a"), ("text", "b"))
    assert sides(only(1, 1.5)) == (("text", "1"), ("text", "1.5"))
    assert sides(only(0, None)) == (("text", "0"), ("absent", None))


def test_a_field_that_came_or_went() -> None:
    (came,) = rows({}, {"field": LONG})
    assert (came.op, came.before.kind, came.after.value) == ("add", "absent", LONG)
    (went,) = rows({"field": ["a", "b"]}, {})
    assert (went.op, went.before.value, went.after.kind) == ("remove", ["a", "b"], "absent")


def test_words_are_marked_in_texts_only() -> None:
    assert only(LONG, LONG.replace("text", "word")).before.kind == "words"
    assert only("sha256:" + "a" * 64, "sha256:" + "b" * 64).before.kind == "text"
    assert only(LONG, "").after.kind == "absent"


def test_an_order_that_changed() -> None:
    row = only(["a", "b"], ["b", "a"])
    assert (row.op, row.chips) == ("reorder", False)
    assert sides(row) == (("list", ["a", "b"]), ("list", ["b", "a"]))


def test_a_list_that_may_hold_one_thing_twice() -> None:
    row = only(["a", "a"], ["a", "b", "b"])
    assert (row.removed, row.added) == (("a",), ("b", "b"))


def test_parts_of_an_object_have_a_path() -> None:
    (row,) = rows({"contact": {"name": "x", "a/b": 1}}, {"contact": {"name": "x", "a/b": 2}})
    assert row.label == "Contact / a/b"


def test_what_has_no_better_form_is_json() -> None:
    row = only({"a": 1}, [{"b": 2}, 3])
    assert (row.before.kind, row.after.kind) == ("code", "code")
    assert row.before.value == '{\n  "a": 1\n}\n'


def test_lists_that_are_new_as_a_whole_are_taken_apart() -> None:
    tags = [{"name": "one"}, {"name": "two"}]
    extras = [{"key": "k", "value": "v"}]
    custom, listed = rows({}, {"tags": tags, "extras": extras})
    assert (listed.label, listed.added) == ("Tags", ("one", "two"))
    assert (custom.label, custom.after.value) == ("k", "v")


def test_names_are_shown_for_ids_of_their_field_only() -> None:
    found = rows(
        {"owner_org": "1", "other": "1"},
        {"owner_org": "2", "other": "2"},
        owner_org={"1": "First", "2": "Second"},
    )
    assert [sides(row)[0][1] for row in found] == ["1", "First"]


def test_resources_that_moved_are_the_fewest_that_explain_it() -> None:
    before = [{"id": name, "name": name} for name in "abcdef"]
    after = [before[index] for index in (0, 4, 1, 2, 3, 5)]
    diff = Diff({"resources": before}, {"resources": after}).to_dict()
    changes = resource_changes(diff, before, after, str.capitalize)
    assert [(item.after["id"], item.moved) for item in changes.changed] == [("e", (5, 2))]
    assert changes.unchanged == 5


def test_places_count_resources_that_came_and_went() -> None:
    before = [{"id": name} for name in "xab"]
    after = [{"id": name} for name in "bya"]
    diff = Diff({"resources": before}, {"resources": after}).to_dict()
    changes = resource_changes(diff, before, after, str.capitalize)
    (moved,) = changes.changed
    assert moved.moved in ((2, 3), (3, 1))
    assert ([r["id"] for r in changes.added], [r["id"] for r in changes.removed]) == (["y"], ["x"])
