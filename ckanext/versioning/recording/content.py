"""What counts as the content of a dataset on this portal: the canonical form, as configured."""

from __future__ import annotations

from typing import Any

from .. import config, mapping


def canonical(dataset: dict[str, Any]) -> dict[str, Any]:
    """Return the dataset without what CKAN derives and what the portal ignores."""
    return mapping.canonical(dataset, ignore=config.ignored_fields())


def canonical_hash(dataset: dict[str, Any]) -> str:
    """Return the fingerprint of the canonical form."""
    return mapping.canonical_hash(dataset, ignore=config.ignored_fields())


def restorable(
    then: dict[str, Any], now: dict[str, Any], *, full: bool = False
) -> mapping.Restoration:
    """Return what gives the dataset its content of then; ignored fields stay as they are."""
    return mapping.restorable(then, now, full=full, ignore=config.ignored_fields())
