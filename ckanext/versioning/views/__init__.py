"""The pages. They call the action API and render what it returns."""

from __future__ import annotations

from flask import Blueprint

from . import (
    admin,
    compare,
    download,
    errors,
    feed,
    history,
    linking,
    memento,
    revert,
    revision,
    tables,
    tags,
)
from .blueprint import versioning

# Importing a module registers its routes and handlers.
_MODULES = (
    admin,
    compare,
    download,
    errors,
    feed,
    history,
    linking,
    memento,
    revert,
    revision,
    tables,
    tags,
)


def get_blueprints() -> list[Blueprint]:
    """Return the blueprint for the plugin."""
    return [versioning]
