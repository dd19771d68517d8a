"""Our backends keep the contract."""

from __future__ import annotations

from pathlib import Path

import pytest

from ckanext.versioning.metastore import Backend, create_backend
from ckanext.versioning.metastore.conformance import BackendConformance


class TestMemory(BackendConformance):
    @pytest.fixture
    def backend(self) -> Backend:
        return create_backend("memory")


class TestGit(BackendConformance):
    @pytest.fixture
    def backend(self, tmp_path: Path) -> Backend:
        pytest.importorskip("pygit2")
        return create_backend("git", {"path": tmp_path, "fsync": False})
