"""Processes that die and processes that race: one revision per accepted change, in order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.versioning.mapping import canonical
from ckanext.versioning.recording.metastore import get_metastore
from ckanext.versioning.recording.sync import sync_dataset
from ckanext.versioning.tests.recording import worker
from ckanext.versioning.tests.recording.helpers import fresh, history, pending

pytestmark = pytest.mark.usefixtures("versioning")


@pytest.fixture
def spawn(ckan_config):
    processes = []

    def start(dataset_id: str, label: str, changes: int, *step: str) -> subprocess.Popen:
        command = [sys.executable, "-m", worker.__name__, ckan_config["__file__"]]
        process = subprocess.Popen(
            [*command, dataset_id, label, str(changes), *step],
            env={**os.environ, "CKAN_INI": ckan_config["__file__"]},
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def notes(dataset_id: str) -> list[str]:
    """Return the notes of each revision, oldest first."""
    store = get_metastore()
    return [
        store.dataset_read(dataset_id, revision.id).document["notes"]
        for revision in reversed(history(dataset_id))
    ]


@pytest.mark.parametrize("step", list(worker.steps()))
@pytest.mark.parametrize("recovery", ["next write", "next write to another dataset", "sync"])
def test_killed(spawn, step, recovery):
    if recovery != "sync" and step != "between commit and drain":
        pytest.skip("one recovery for each step is enough; that step has all three")
    dataset = factories.Dataset(notes="start")
    process = spawn(dataset["id"], "killed", 1, step)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL, errors
    accepted = call_action("package_show", id=dataset["id"])["notes"]
    assert accepted == ("start" if step == "inside the transaction" else "killed 0")

    expected = ["start"] if accepted == "start" else ["start", "killed 0"]
    if recovery == "sync":
        sync_dataset(dataset["id"])
    elif recovery == "next write":
        call_action("package_patch", id=dataset["id"], notes="next")
        expected.append("next")
    else:
        factories.Dataset()
    assert notes(dataset["id"]) == expected
    assert pending(dataset["id"]) == 0


def test_eight_writers_lose_and_double_nothing(spawn):
    dataset = factories.Dataset(notes="start")
    writers = [spawn(dataset["id"], f"writer {number}", 6) for number in range(8)]
    for process in writers:
        _, errors = process.communicate(timeout=300)
        assert process.returncode == 0, errors
    sync_dataset(dataset["id"])

    recorded = notes(dataset["id"])
    expected = {f"writer {writer} {number}" for writer in range(8) for number in range(6)}
    assert len(recorded) == 1 + len(expected)
    assert set(recorded) == {"start"} | expected
    for writer in range(8):
        own = [text for text in recorded if text.startswith(f"writer {writer} ")]
        assert own == sorted(own), "each writer's changes stand in its own order"
    model.Session.remove()
    head = get_metastore().dataset_read(dataset["id"]).document
    assert canonical(head) == canonical(fresh(dataset["id"]))
    assert pending(dataset["id"]) == 0
