"""Revisions in words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from ckanext.versioning.metastore import ChangeSummary, ResourceChange, Visibility, describe
from ckanext.versioning.metastore.conformance.tools import summaries, texts

PUBLIC, PRIVATE = Visibility(), Visibility(private=True)
R = ResourceChange


@pytest.mark.parametrize(
    ("action", "summary", "more", "words"),
    [
        ("create", ChangeSummary(fields=("title",)), {}, "Create dataset"),
        ("delete", ChangeSummary(), {}, "Delete dataset"),
        ("restore", ChangeSummary(), {}, "Restore dataset"),
        ("revert", ChangeSummary(), {"reverted_to": "abcdef0123456"}, "Revert to abcdef0123"),
        ("update", ChangeSummary(), {}, "Update dataset"),
        (
            "update",
            ChangeSummary(("title",), (R("1", "prices.csv"),)),
            {},
            "Change title; add resource prices.csv",
        ),
        ("update", ChangeSummary(("a", "b", "c")), {}, "Change a, b and c"),
        ("update", ChangeSummary(tuple(map(str, range(15)))), {}, "Change 0, 1, 2 and 12 more"),
        ("update", ChangeSummary(("name", "title")), {"name": "x"}, "Rename to x; change title"),
        (
            "update",
            ChangeSummary(("private",)),
            {"before": PUBLIC, "after": PRIVATE},
            "Make private",
        ),
        ("update", ChangeSummary(), {"before": PRIVATE, "after": PUBLIC}, "Make public"),
        (
            "update",
            ChangeSummary(("state",)),
            {"before": PUBLIC, "after": Visibility(state="draft")},
            "Change state to draft",
        ),
        (
            "update",
            ChangeSummary(removed=(R("1", "a"), R("2")), changed=(R("3", "c", ("url",)),)),
            {},
            "Remove resources a and 2; change resource c",
        ),
        ("update", ChangeSummary(reordered=True), {}, "Reorder resources"),
    ],
)
def test_words(action: str, summary: ChangeSummary, more: dict[str, Any], words: str) -> None:
    assert describe(action, summary, **more) == words


@given(summary=summaries, name=texts())
def test_words_are_one_bounded_line(summary: ChangeSummary, name: str) -> None:
    words = describe("update", summary, name=name, before=PUBLIC, after=PRIVATE)
    assert "\n" not in words
    assert 0 < len(words) < 1200
