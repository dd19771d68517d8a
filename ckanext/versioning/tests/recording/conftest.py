"""Where CKAN puts uploads: each kind that there is."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
import pytest

from ckanext.versioning.tests.files.storages import s3_server, s3_settings


@pytest.fixture(scope="session")
def s3_address():
    """The address of a running S3."""
    with s3_server() as address:
        yield address


@pytest.fixture(params=["ResourceUpload", "file-keeper folder", "file-keeper S3"])
def uploads_to(request, versioning, tmp_path):
    """CKAN with its uploads in a storage of this kind; file-keeper's from CKAN 2.12 on."""
    if request.param == "ResourceUpload":
        yield request.param
        return
    if not tk.check_ckan_version(min_version="2.12"):
        pytest.skip("CKAN 2.11 has no file-keeper")
    if request.param == "file-keeper folder":
        settings = {"type": "ckan:fs", "path": str(tmp_path / "uploads"), "initialize": True}
    else:
        settings = s3_settings(request.getfixturevalue("s3_address"))
    from ckan.lib import files

    name = tk.config["ckan.files.default_storages.resource"]
    storage = files.make_storage(name, {**settings, "overwrite_existing": True})
    files.storages.register(name, storage)
    yield request.param
    files.storages.pop(name)
