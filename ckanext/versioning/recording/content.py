"""What counts as the content of a dataset on this portal: the canonical form, as configured."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from .. import config, mapping


def canonical(dataset: dict[str, Any]) -> dict[str, Any]:
    """Return the dataset without what CKAN derives and what the portal ignores."""
    return mapping.canonical(dataset, ignore=config.ignored_fields())


def canonical_hash(dataset: dict[str, Any]) -> str:
    """Return the fingerprint of the canonical form."""
    return mapping.canonical_hash(dataset, ignore=config.ignored_fields())


def content_hash(dataset: dict[str, Any], files: Mapping[str, str]) -> str:
    """Return the fingerprint of a dataset with its files.

    :param files: what tells the bytes of each file from others, by resource; without any, it is
        the fingerprint of the canonical form alone.
    """
    form = canonical_hash(dataset)
    if not files:
        return form
    return hashlib.sha256(json.dumps([form, sorted(files.items())]).encode()).hexdigest()


def restorable(
    then: dict[str, Any], now: dict[str, Any], *, full: bool = False
) -> mapping.Restoration:
    """Return what gives the dataset its content of then; ignored fields stay as they are."""
    return mapping.restorable(then, now, full=full, ignore=config.ignored_fields())
