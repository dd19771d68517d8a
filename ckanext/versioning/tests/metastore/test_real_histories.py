"""Real datasets with their real past, replayed through the library."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from ckanext.versioning.metastore import Author, Change, InvalidSnapshot, MetaStore, Snapshot
from ckanext.versioning.metastore.backends.memory import MemoryBackend

HISTORIES = Path(__file__).parents[4].parent / "shared" / "real" / "histories"
pytestmark = pytest.mark.skipif(
    not HISTORIES.is_dir(), reason="the real histories are not beside this checkout"
)


def replay(name: str) -> list[tuple[dict[str, Any], dict[str, Any] | None]]:
    """Return the entries of a history with their data packages; None where one is broken."""
    folder = HISTORIES / name
    entries = []
    for line in (folder / "index.jsonl").read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        document = None
        blob = entry.get("datapackage") and folder / "blobs" / entry["datapackage"]
        if blob and blob.is_file():
            try:
                document = json.loads(blob.read_bytes())
            except ValueError:
                document = None
        entries.append((entry, document))
    return entries


@pytest.mark.parametrize("kind", ["memory", "git"])
@pytest.mark.parametrize(
    "name", sorted(path.parent.name for path in HISTORIES.glob("*/index.jsonl")) or ["none"]
)
def test_a_real_history(name: str, kind: str, tmp_path: Path) -> None:
    if kind == "git":
        pytest.importorskip("pygit2")
        from ckanext.versioning.metastore.backends.git import GitBackend

        store = MetaStore(GitBackend(tmp_path, fsync=False))
    else:
        store = MetaStore(MemoryBackend())
    jsonpatch = pytest.importorskip("jsonpatch")
    kept: list[tuple[str, Any, dict[str, Any]]] = []
    head = None
    for entry, document in replay(name):
        if document is None:
            continue
        change = Change(
            Author(name="Somebody"),
            entry["message"],
            datetime.fromisoformat(entry["date"].replace("Z", "+00:00")),
            change_id=str(entry["seq"]),
        )
        try:
            revision = store.dataset_record(name, Snapshot(document), change, expected_head=head)
        except InvalidSnapshot:
            assert not isinstance(document, dict)
            continue
        if revision.id != head:
            kept.append((revision.id, change, document))
        head = revision.id
    assert len(kept) >= 5
    if kind == "git":
        store.backend.maintain(name)
    assert store.verify(name) == []
    log = store.revision_list(name, limit=1000)
    assert [r.id for r in reversed(log)] == [revision_id for revision_id, *_ in kept]
    for revision_id, change, document in kept:
        assert store.dataset_read(name, revision_id).datapackage == document
        revision = store.revision_read(name, revision_id[:12])
        assert (revision.info.time, revision.info.message) == (change.time, change.message)
    for older, newer in zip(log[1:], log, strict=False):
        difference = store.revision_diff(name, older.id, newer.id)
        assert not difference.empty
        assert not newer.info.summary.empty
        made = jsonpatch.apply_patch(difference.before, difference.to_json_patch())
        assert made == difference.after
        assert difference.to_unified()
        assert difference.to_html()
    reverted = store.dataset_revert(name, kept[0][0])
    assert store.dataset_read(name).datapackage == kept[0][2]
    assert reverted.info.reverted_to in (kept[0][0], None)
