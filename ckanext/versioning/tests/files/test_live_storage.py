"""Live files in storages of CKAN 2.12's."""

from __future__ import annotations

import io
from types import SimpleNamespace

import file_keeper as fk
import pytest

from .storages import s3_settings

pytest.importorskip("ckan.lib.files", reason="CKAN 2.11 has no file-keeper")


@pytest.mark.parametrize("answer", [b"", b"a,b", b"somebody else's"])
def test_answers_that_were_mixed_up_are_not_kept(s3, tmp_path, monkeypatch, answer):
    from ckanext.versioning.files.live_storage import S3File

    storage = fk.make_storage("uploads", s3_settings(s3))
    place = fk.Location("abc/def/ghi")
    storage.upload(place, fk.make_upload(b"a,b\n1,2\n"))
    file = S3File(SimpleNamespace(storage=storage, get_path=lambda _: place), {"id": "r"})
    file.keep(tmp_path / "whole")
    assert (tmp_path / "whole").read_bytes() == b"a,b\n1,2\n"
    monkeypatch.setattr(storage, "stream", lambda data: io.BytesIO(answer))
    with pytest.raises(OSError, match="instead of 8"):
        file.keep(tmp_path / "other")
    assert [path.name for path in tmp_path.iterdir()] == ["whole"]
