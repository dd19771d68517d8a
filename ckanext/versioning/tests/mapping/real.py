"""Real dataset dicts from many portals, where a checkout has them beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

JSONObject = dict[str, Any]

_ROOT = Path(__file__).resolve().parents[4]
REAL = _ROOT.parent / "shared" / "real"

needs_real = pytest.mark.skipif(
    not (REAL / "packages").is_dir(), reason="the collection of real dataset dicts is not here"
)


def packages() -> list[JSONObject]:
    return list(_lines("packages"))


def sequences() -> list[list[JSONObject]]:
    return [line["versions"] for line in _lines("sequences")]


def everything() -> list[JSONObject]:
    return packages() + [version for versions in sequences() for version in versions]


def _lines(folder: str) -> Iterator[JSONObject]:
    for path in sorted((REAL / folder).glob("*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)
