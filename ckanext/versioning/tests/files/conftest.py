from __future__ import annotations

import logging

import pytest

from .storages import make_store, s3_server, s3_settings


@pytest.fixture(scope="session")
def s3():
    """The address of a running S3."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # one line per request otherwise
    with s3_server() as endpoint:
        yield endpoint


@pytest.fixture(params=["local", "s3", "memory"])
def storage_settings(request, tmp_path):
    """file-keeper's settings of an empty storage: of each kind of driver."""
    if request.param == "local":
        return {"type": "file_keeper:fs", "path": str(tmp_path / "blobs")}
    if request.param == "s3":
        return s3_settings(request.getfixturevalue("s3"))
    return {"type": "file_keeper:memory"}


@pytest.fixture
def store(storage_settings):
    return make_store(storage_settings)


@pytest.fixture
def local(tmp_path):
    return make_store({"type": "file_keeper:fs", "path": str(tmp_path / "blobs")})
