"""A suite that tells whether a backend keeps the contract. It needs pytest and Hypothesis.

A backend's tests subclass it and provide one fixture::

    class TestMine(BackendConformance):
        @pytest.fixture
        def backend(self):
            return MyBackend(...)

The backend need not be empty; what a test leaves behind has an id that no other test uses.
"""

from __future__ import annotations

from .concurrency import ConcurrencyConformance
from .places import PlacesConformance
from .references import ReferencesConformance
from .revisions import RevisionsConformance
from .stateful import StatefulConformance
from .storing import StoreConformance
from .tagging import TagsConformance

__all__ = ["BackendConformance"]


class BackendConformance(
    RevisionsConformance,
    ReferencesConformance,
    TagsConformance,
    PlacesConformance,
    StoreConformance,
    ConcurrencyConformance,
    StatefulConformance,
):
    """All that a backend must do."""
