"""What changed within a text."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from ckanext.versioning.metastore.worddiff import Segment, word_diff

texts = st.lists(
    st.sampled_from(["one", "two", " ", "\n", ",", "日", "é", "<b>"]), max_size=30
).map("".join)


def changed(segments: list[Segment]) -> list[str]:
    return [segment.text for segment in segments if segment.kind == "changed"]


def test_whole_words_are_marked() -> None:
    before, after = word_diff("The quick brown fox.", "The slow brown fox jumps.")
    assert changed(before) == ["quick"]
    assert changed(after) == ["slow", " jumps"]


def test_one_character_where_there_are_no_blanks() -> None:
    before, after = word_diff("東京都の人口", "東京の人口")
    assert (changed(before), changed(after)) == (["都"], [])


@given(texts, texts)
def test_nothing_is_lost(before: str, after: str) -> None:
    sides = word_diff(before, after)
    assert tuple("".join(segment.text for segment in side) for side in sides) == (before, after)
    same = ["".join(s.text for s in side if s.kind == "same") for side in sides]
    assert same[0] == same[1]


def test_the_middle_of_a_long_part_is_left_out() -> None:
    text = " ".join(f"word{number}" for number in range(500))
    before, after = word_diff(text + " old", text + " new")
    assert [segment.kind for segment in before] == ["same", "left-out", "same", "changed"]
    assert len(before[0].text) < 200
    assert (changed(before), changed(after)) == (["old"], ["new"])


def test_long_texts_are_quick() -> None:
    words = [f"w{number * number % 1009}" for number in range(50_000)]
    started = time.process_time()
    word_diff(" ".join(words), " ".join(reversed(words)))
    assert time.process_time() - started < 2
