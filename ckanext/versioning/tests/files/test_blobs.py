"""What a blob store promises, on every kind of storage."""

from __future__ import annotations

import hashlib
import io
import os
import urllib.request
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone

import pytest

from ckanext.versioning.files import blobs
from ckanext.versioning.files.errors import BlobCorrupt, BlobNotFound, BlobStoreUnavailable
from ckanext.versioning.files.reader import BlobReader

from .storages import make_old, make_store, s3_server, s3_settings, source

MISSING = "0" * 64
LARGE = 9 << 20  # of more than one part on S3


@pytest.mark.parametrize("size", [0, 1, LARGE])
def test_what_is_put_can_be_read(store, tmp_path, size):
    data = os.urandom(size)
    path, sha256, _ = source(tmp_path, data)
    assert store.put(path, sha256, size) is True
    path.unlink()
    assert store.stat(sha256).size == size
    with store.open(sha256, size=size) as file:
        assert file.read() == data
    store.verify(sha256, size=size)


def test_the_same_bytes_are_kept_once(store, tmp_path):
    one, two = source(tmp_path, b"same"), source(tmp_path, b"same")
    assert [store.put(*one), store.put(*two), store.put(*one)] == [True, False, False]
    assert [blob.sha256 for blob in store.iterate()] == [one[1]]


def test_other_bytes_than_said_are_refused(store, tmp_path):
    path, sha256, size = source(tmp_path, b"twelve bytes")
    with pytest.raises(BlobCorrupt):
        store.put(path, sha256, size + 1)
    path.write_bytes(b"twelve")
    with pytest.raises(BlobCorrupt):
        store.put(path, sha256, size)
    assert list(store.iterate()) == []


def test_a_blob_can_be_read_from_anywhere(store, tmp_path):
    data = os.urandom(LARGE)
    path, sha256, size = source(tmp_path, data)
    store.put(path, sha256, size)
    with store.open(sha256, 5_000_000) as file:
        assert file.read(10) == data[5_000_000:5_000_010]
        assert file.tell() == 5_000_010
        assert file.seek(-7, os.SEEK_END) == size - 7
        assert file.read() == data[-7:]
        assert file.read() == b""
        file.seek(0)
        assert hashlib.sha256(file.read()).hexdigest() == sha256


def test_what_is_missing(store):
    assert store.stat(MISSING) is None
    assert store.local_path(MISSING) is None
    assert store.delete(MISSING) is False
    with pytest.raises(BlobNotFound):
        store.open(MISSING)
    with pytest.raises(BlobNotFound):
        store.verify(MISSING)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n"])
def test_only_hashes_are_names(store, name):
    with pytest.raises(ValueError, match="SHA-256"):
        store.stat(name)


def test_delete(store, tmp_path):
    kept, gone = source(tmp_path, b"kept"), source(tmp_path, b"gone")
    store.put(*kept)
    store.put(*gone)
    assert store.delete(gone[1]) is True
    assert store.stat(gone[1]) is None
    assert [blob.sha256 for blob in store.iterate()] == [kept[1]]
    store.verify(kept[1])


@pytest.mark.parametrize(
    "location",
    [
        "live",
        "resources/abc/def/ghi",
        "ab/cd/notes.txt",
        f"ab/cd/{MISSING}",
        MISSING,
        f"somebody/00/00/{MISSING}",
        ".tmp-1/live",
        "00/.tmp-1",
    ],
)
def test_what_else_is_in_the_storage_is_left_alone(store, tmp_path, location):
    store._driver.store(location, *source(tmp_path, b"somebody else's"))
    assert list(store.iterate()) == []
    assert store.sweep(datetime.now(timezone.utc) + timedelta(seconds=2)) == 0
    assert store._driver.stat(location).size == 15


def test_a_blob_of_the_wrong_size_is_told_and_mended(store, tmp_path):
    whole = source(tmp_path, b"all of it")
    store._driver.store(blobs._location(whole[1]), *source(tmp_path, b"all"))
    with pytest.raises(BlobCorrupt, match="3 bytes instead of 9"):
        store.open(whole[1], size=9)
    assert store.put(*whole) is True
    store.verify(whole[1])


def test_rot_of_the_same_size_is_found(store, tmp_path):
    blob = source(tmp_path, b"good")
    store._driver.store(blobs._location(blob[1]), *source(tmp_path, b"g00d"))
    with pytest.raises(BlobCorrupt, match="its bytes"):
        store.verify(blob[1], size=4)


class TestSettingAside:
    @pytest.fixture
    def storage_settings(self, kind, request, tmp_path):
        if kind == "s3":
            return s3_settings(request.getfixturevalue("s3"))
        return {"type": "file_keeper:fs", "path": str(tmp_path / "blobs")}

    @pytest.fixture(params=["local", "s3"])
    def kind(self, request):
        return request.param

    @pytest.fixture(params=[b"g00d", b"goo"])
    def rotten(self, request, store, tmp_path):
        """What ``put`` was asked to keep, and what no longer has these bytes."""
        blob = source(tmp_path, b"good")
        store._driver.store(blobs._location(blob[1]), *source(tmp_path, request.param))
        return blob

    def test_rot_is_mended_by_the_next_put(self, store, rotten):
        sha256 = rotten[1]
        assert store.set_aside(sha256) is True
        assert store.set_aside(sha256) is True
        assert store.stat(sha256) is None
        assert store.local_path(sha256) is None
        with pytest.raises(BlobCorrupt, match="found so before"):
            store.open(sha256)
        assert store.put(*rotten) is True
        store.verify(sha256, size=4)
        assert store.put(*rotten) is False
        assert [blob.sha256 for blob in store.iterate()] == [sha256]

    def test_rot_that_nothing_refers_to_goes(self, store, rotten, tmp_path):
        store.set_aside(rotten[1])
        assert [blob.sha256 for blob in store.iterate()] == [rotten[1]]
        soon = datetime.now(timezone.utc) + timedelta(seconds=2)
        assert store.delete(rotten[1], before=soon) is True
        assert list(store.iterate()) == []
        assert not [path for path in tmp_path.glob("blobs/*/*/*") if path.is_file()]

    def test_what_is_whole_or_missing_stays_so(self, store, tmp_path):
        blob = source(tmp_path, b"good")
        assert store.set_aside(blob[1]) is False
        assert store.stat(blob[1]) is None
        store.put(*blob)
        assert store.set_aside(blob[1]) is False
        store.verify(blob[1])

    @pytest.mark.parametrize("rotten", [b"goo"], indirect=True)  # put mends only such
    def test_what_is_mended_at_that_moment_stays(self, storage_settings, store, rotten):
        @contextmanager
        def somebody_else_first():
            store.put(*rotten)
            yield

        other = make_store(storage_settings, guard=somebody_else_first)
        assert other.set_aside(rotten[1]) is False
        store.verify(rotten[1])


def test_storages_that_can_not_set_aside_say_so(tmp_path):
    store = make_store({"type": "file_keeper:memory"})
    blob = source(tmp_path, b"good")
    store._driver.store(blobs._location(blob[1]), *source(tmp_path, b"g00d"))
    with pytest.raises(BlobStoreUnavailable, match="remove it"):
        store.set_aside(blob[1])


def test_a_stream_that_ends_early_is_no_end_of_the_file():
    reader = BlobReader(MISSING, 10, lambda offset: io.BytesIO(b"0123456789"[offset:7]))
    with pytest.raises(BlobCorrupt, match="after 7 bytes"):
        reader.readall()


class TestAge:
    """On storages that tell when a file was stored."""

    @pytest.fixture(params=["local", "s3"])
    def storage_settings(self, request, tmp_path):
        if request.param == "s3":
            return s3_settings(request.getfixturevalue("s3"))
        return {"type": "file_keeper:fs", "path": str(tmp_path / "blobs")}

    def test_what_is_new_stays(self, store, tmp_path):
        blob = source(tmp_path, b"new")
        start = datetime.now(timezone.utc) - timedelta(seconds=2)
        store.put(*blob)
        assert start < store.stat(blob[1]).modified
        assert store.delete(blob[1], before=start) is False
        end = datetime.now(timezone.utc) + timedelta(seconds=2)
        assert store.stat(blob[1]).modified < end
        assert store.delete(blob[1], before=end) is True

    def test_what_is_old_and_put_again_is_new(self, store, storage_settings, tmp_path, monkeypatch):
        blob = source(tmp_path, b"old")
        store.put(*blob)
        if storage_settings["type"] == "file_keeper:s3":
            make_old(store, blob[1])
        else:
            monkeypatch.setattr(blobs, "FRESH", timedelta(0))
        before = store.stat(blob[1]).modified
        assert store.put(*blob) is False
        assert store.stat(blob[1]).modified > before
        store.verify(blob[1])

    def test_a_blob_that_goes_as_it_is_put_again_is_kept_again(
        self, storage_settings, tmp_path, monkeypatch
    ):
        blob = source(tmp_path, b"old")
        other = make_store(storage_settings)
        other.put(*blob)

        @contextmanager
        def somebody_else_first():
            other.delete(blob[1])
            yield

        monkeypatch.setattr(blobs, "FRESH", timedelta(0))
        assert make_store(storage_settings, guard=somebody_else_first).put(*blob) is True
        other.verify(blob[1])

    def test_an_old_blob_goes_only_under_the_lock(self, storage_settings, tmp_path):
        blob = source(tmp_path, b"old")
        entered = []

        @contextmanager
        def guard():
            entered.append(True)
            yield

        store = make_store(storage_settings, guard=guard)
        store.put(*blob)
        assert not entered  # a lock for each upload would cost a round trip
        store.delete(blob[1])
        assert entered


class TestLinks:
    def test_anybody_can_download_by_a_signed_link(self, s3, tmp_path):
        store = make_store(s3_settings(s3))
        blob = source(tmp_path, b"a,b\n1,2\n")
        store.put(*blob)
        url = store.signed_url(
            blob[1], filename="données 1.csv", content_type="text/csv", seconds=60
        )
        with urllib.request.urlopen(url) as answer:
            assert answer.read() == b"a,b\n1,2\n"
            assert answer.headers["Content-Type"] == "text/csv"
            assert answer.headers["Content-Disposition"] == (
                "attachment; filename*=UTF-8''donn%C3%A9es%201.csv"
            )

    def test_nobody_is_sent_to_what_is_missing_or_damaged(self, s3, tmp_path):
        store = make_store(s3_settings(s3))
        blob = source(tmp_path, b"good")

        def url():
            return store.signed_url(blob[1], filename="x", content_type="text/csv", seconds=60)

        assert url() is None
        store._driver.store(blobs._location(blob[1]), *source(tmp_path, b"g00d"))
        assert url()
        store.set_aside(blob[1])
        assert url() is None

    def test_an_operator_can_say_that_browsers_do_not_reach_the_storage(self, s3):
        store = make_store({**s3_settings(s3), "disabled_capabilities": ["SIGNED"]})
        assert not store.signed_url(MISSING, filename="x", content_type="text/csv", seconds=1)

    def test_others_have_none(self, local):
        assert not local.signed_url(MISSING, filename="x", content_type="text/csv", seconds=1)


class TestStorageAway:
    def test_s3_that_does_not_answer(self, tmp_path):
        blob = source(tmp_path, b"x" * (3 << 20))
        with s3_server() as endpoint:
            store = make_store(s3_settings(endpoint))
            store.put(*blob)
            reader = store.open(blob[1])
        for use in (
            lambda: store.put(*source(tmp_path, b"more")),
            lambda: store.stat(blob[1]),
            lambda: store.delete(blob[1]),
            lambda: list(store.iterate()),
            lambda: reader.read(),
            lambda: make_store(s3_settings(endpoint)),
        ):
            with pytest.raises(BlobStoreUnavailable):
                use()

    def test_s3_without_the_bucket(self, s3):
        with pytest.raises(BlobStoreUnavailable, match="bucket-"):
            make_store({**s3_settings(s3), "initialize": False})

    def test_a_folder_that_is_none(self, tmp_path):
        (tmp_path / "file").write_text("in the way")
        with pytest.raises(BlobStoreUnavailable):
            make_store({"type": "file_keeper:fs", "path": str(tmp_path / "file" / "blobs")})

    def test_a_folder_that_went(self, local, tmp_path):
        blob = source(tmp_path, b"x")
        (tmp_path / "blobs").rmdir()
        (tmp_path / "blobs").write_text("in the way")
        with pytest.raises(BlobStoreUnavailable):
            local.put(*blob)
