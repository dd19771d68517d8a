"""The pages. They call the action API and render what it returns."""

from __future__ import annotations

from flask import Blueprint

from . import download, errors, history
from .blueprint import versioning

# Importing a module registers its routes and handlers.
_MODULES = (download, errors, history)


def get_blueprints() -> list[Blueprint]:
    """Return the blueprint for the plugin."""
    return [versioning]
