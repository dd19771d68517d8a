"""From CKAN's dataset dict to a data package, and what of the dict counts as content. Pure."""

from .canonical import canonical, canonical_hash
from .datapackage import to_datapackage

__all__ = ["canonical", "canonical_hash", "to_datapackage"]
