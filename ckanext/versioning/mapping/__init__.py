"""From CKAN's dataset dict to a data package, and what of the dict counts as content. Pure."""

from .canonical import canonical, canonical_hash
from .captured import CapturedFile
from .datapackage import to_datapackage
from .restore import Restoration, restorable

__all__ = [
    "CapturedFile",
    "Restoration",
    "canonical",
    "canonical_hash",
    "restorable",
    "to_datapackage",
]
