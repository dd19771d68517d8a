"""From an upload to the working copy of somebody who cloned the dataset."""

from __future__ import annotations

from pathlib import Path

import pytest

from ckanext.versioning import config
from ckanext.versioning.recording.metastore import get_metastore
from ckanext.versioning.tests.mapping.clones import Clone, needs_git_lfs
from ckanext.versioning.tests.recording.uploads import dataset_with, replace

pytestmark = [needs_git_lfs, pytest.mark.usefixtures("versioning")]


def test_a_clone_with_its_files_is_complete_and_valid(tmp_path: Path):
    dataset, (_, two) = dataset_with(b"month,price\n2024-01,1\n", b"a,b\n1,2\n")
    replace(two, b"a,b\n3,4\n")
    repository = Path(get_metastore().backend.location(dataset["id"]))
    (repository / "lfs").mkdir()
    (repository / "lfs" / "objects").symlink_to(config.blob_storage()["path"])

    clone = Clone(tmp_path, repository, lfs=True)
    assert clone.contents() == {
        "data/file0/file0.csv": b"month,price\n2024-01,1\n",
        "data/file1/prices.csv": b"a,b\n3,4\n",
    }
    clone.validate(0)
    clone.run("git", "checkout", "--quiet", "HEAD~1")
    assert clone.contents()["data/file1/file1.csv"] == b"a,b\n1,2\n"
    clone.validate(0)
