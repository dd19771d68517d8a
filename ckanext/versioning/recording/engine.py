"""CKAN's database engine, for transactions of recording's own beside CKAN's session."""

from __future__ import annotations

from ckan.model import meta
from sqlalchemy.engine import Engine


def engine() -> Engine:
    """Return the engine of CKAN's database."""
    assert meta.engine is not None, "CKAN's database is not configured"
    return meta.engine
