"""From a configured type to a backend."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from ckanext.versioning.metastore import (
    InvalidOptions,
    MetaStore,
    Snapshot,
    backend_types,
    create_backend,
    create_metastore,
    registry,
)
from ckanext.versioning.metastore.backends.memory import MemoryBackend


class ThirdParty(MemoryBackend):
    type = "third"

    def __init__(self, *, url: str, retries: int = 3) -> None:
        super().__init__()
        self.url, self.retries = url, retries


@pytest.fixture
def third(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [
        EntryPoint("third", f"{__name__}:ThirdParty", registry.GROUP),
        EntryPoint("broken", "no_such_module_anywhere:X", registry.GROUP),
        EntryPoint("wrong", "pathlib:Path", registry.GROUP),
        EntryPoint("typo", f"{__name__}:Nothing", registry.GROUP),
    ]

    def entry_points(group: str, name: str | None = None) -> list[EntryPoint]:
        assert group == "ckanext.versioning.backends"
        return [point for point in points if name in (None, point.name)]

    monkeypatch.setattr(registry, "entry_points", entry_points)


def test_ours_are_known() -> None:
    assert {"git", "memory"} <= set(backend_types())
    store = create_metastore("memory")
    assert isinstance(store, MetaStore)
    assert isinstance(store.backend, MemoryBackend)


def test_others_come_through_entry_points(third: None) -> None:
    backend = create_backend("third", {"url": "u"})
    assert isinstance(backend, ThirdParty)
    assert (backend.url, backend.retries) == ("u", 3)
    assert "third" in backend_types()


@pytest.mark.parametrize(
    ("type", "options", "said"),
    [
        ("nope", {}, "broken, git, memory, third"),
        (None, {}, "no such type"),
        ("third", {}, "missing option 'url'; it takes: url, retries"),
        ("third", {"url": "u", "retrys": 1}, "unknown option 'retrys'; it takes: url, retries"),
        ("memory", {"path": "/"}, "unknown option 'path'; it takes: none"),
        ("git", {}, "missing option 'path'"),
        ("broken", {}, "no_such_module_anywhere"),
        ("wrong", {}, "is not a Backend"),
        ("typo", {}, "can't be imported"),
    ],
)
def test_what_is_wrong_is_named(
    third: None, type: str, options: dict[str, object], said: str
) -> None:
    with pytest.raises(InvalidOptions) as caught:
        create_backend(type, options)
    assert said in str(caught.value)


def test_a_missing_library_is_told_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    package = "ckanext.versioning.metastore.backends.git"
    for name in [name for name in sys.modules if name.startswith(package)]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pygit2", None)
    with pytest.raises(InvalidOptions, match="install pygit2"):
        create_backend("git", {"path": "/nowhere"})


def test_the_canonical_form_is_passed_on(tmp_path: Path) -> None:
    store = create_metastore("memory", canonical=lambda document: {})
    head = store.dataset_create("x", Snapshot({"a": 1}))
    assert store.dataset_update("x", Snapshot({"a": 2})) == head


def test_the_library_loads_no_backend_and_no_test_tool() -> None:
    import subprocess

    code = (
        "import sys, ckanext.versioning.metastore\n"
        "assert not {'pygit2', 'pytest', 'hypothesis', 'ckan'} & set(sys.modules)\n"
    )
    root = str(Path(__file__).parents[4])
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": root})
