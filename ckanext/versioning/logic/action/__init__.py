"""The extension's actions, and its wrappers around CKAN's."""

from __future__ import annotations

from typing import Any

from . import diffs, neighbours, overview, revert, revisions, snapshots, status, tags
from .chained import get_chained_actions

_MODULES = (overview, revisions, neighbours, snapshots, diffs, tags, revert, status)


def get_actions() -> dict[str, Any]:
    """Return all actions for the plugin."""
    own = {name: getattr(module, name) for module in _MODULES for name in module.__all__}
    return {**get_chained_actions(), **own}
