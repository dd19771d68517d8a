"""The extension's actions, and its wrappers around CKAN's."""

from __future__ import annotations

from typing import Any

from .chained import get_chained_actions


def get_actions() -> dict[str, Any]:
    """Return all actions for the plugin."""
    return {**get_chained_actions()}
