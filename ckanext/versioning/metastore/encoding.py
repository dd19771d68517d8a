"""Snapshots as files: JSON that plain git diffs well, the same bytes for the same content."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from .datafiles import DataFile
from .errors import CorruptStore, InvalidName, InvalidSnapshot
from .lfs import lfs_files
from .model import JSONObject, Snapshot
from .names import check_tree

DATAPACKAGE = "datapackage.json"
SOURCE = "ckan.json"

_compact = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
).encode
_plain = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_string: Callable[[str], str] = json.encoder.encode_basestring


def same(a: Any, b: Any) -> bool:
    """Say whether two JSON values are the same, to the type.

    ``True`` is not ``1``, and ``1`` is not ``1.0``: they are written differently. The order of an
    object's members does not count.
    """
    # Equality in Python is quick and coarser; only what passes it needs the closer look.
    return bool(a == b) and (isinstance(a, str) or _compact(a) == _compact(b))


def pretty(value: Any) -> str:
    """Return a JSON value as text: indented, members sorted, with a final newline.

    The standard library's encoder does the same some three times slower when it indents.
    """
    return _pretty(value, "\n") + "\n"


def _pretty(value: Any, newline: str) -> str:
    if isinstance(value, str):
        return _string(value)
    deeper = newline + "  "
    if isinstance(value, dict):
        if not value:
            return "{}"
        members = [
            _string(key)
            + ": "
            + (_string(item) if isinstance(item, str) else _pretty(item, deeper))
            for key, item in sorted(value.items())
        ]
        return "{" + deeper + ("," + deeper).join(members) + newline + "}"
    if isinstance(value, list):
        if not value:
            return "[]"
        return (
            "[" + deeper + ("," + deeper).join([_pretty(v, deeper) for v in value]) + newline + "]"
        )
    if type(value) is int:  # some twenty times quicker than the encoder
        return int.__repr__(value)
    if type(value) is bool:
        return "true" if value else "false"
    return _plain(value)


def encode(snapshot: Snapshot, lfs_server_url: str = "") -> dict[str, bytes]:
    """Return the files of a snapshot.

    :param snapshot: what to store.
    :param lfs_server_url: see ``MetaStore``.
    :raises InvalidSnapshot: if a document is not an object of JSON values, or a data file has a
        path that can't be stored.
    """
    files = {DATAPACKAGE: _encode("data package", snapshot.datapackage)}
    if snapshot.source is not None:
        files[SOURCE] = _encode("source document", snapshot.source)
    kept = [file for file in snapshot.files if file.kept]
    _check_paths(kept)
    return {**files, **lfs_files(kept, lfs_server_url)}


def _check_paths(files: list[DataFile]) -> None:
    paths = {file.path.lower(): file.path for file in files}
    if len(paths) < len(files):
        raise InvalidSnapshot("two data files have one path, if upper and lower case are the same")
    try:
        check_tree(paths.values())
    except InvalidName as error:
        raise InvalidSnapshot(f"a data file can't be stored: {error}") from error


def _encode(what: str, document: Any) -> bytes:
    if not isinstance(document, dict):
        raise InvalidSnapshot(f"the {what} is no JSON object")
    try:
        # Reading it back shows what JSON can't tell apart, such as a number as an object's key.
        if json.loads(_plain(document)) != document:
            raise InvalidSnapshot(f"the {what} holds values that JSON has no form for")
        return pretty(document).encode()
    except UnicodeEncodeError as error:
        raise InvalidSnapshot(
            f"the {what} holds half of a Unicode surrogate pair, which no UTF-8 file can"
        ) from error
    except RecursionError as error:
        raise InvalidSnapshot(f"the {what} is nested too deeply") from error
    except (TypeError, ValueError) as error:
        raise InvalidSnapshot(f"the {what} is no JSON: {error}") from error


def decode(dataset_id: str, revision_id: str, files: Mapping[str, bytes]) -> Snapshot:
    """Return the snapshot that files hold.

    :param dataset_id: for the error.
    :param revision_id: for the error.
    :param files: path to content.
    :raises CorruptStore: if the data package is missing, or a document is no JSON object.
    """
    documents: dict[str, JSONObject] = {}
    for path in (DATAPACKAGE, SOURCE):
        if path in files:
            try:
                document = json.loads(files[path], parse_constant=_refuse)
            except (ValueError, RecursionError) as error:
                raise CorruptStore(
                    dataset_id, f"{path} at revision {revision_id!r} can't be read: {error}"
                ) from error
            if not isinstance(document, dict):
                raise CorruptStore(
                    dataset_id, f"{path} at revision {revision_id!r} is no JSON object"
                )
            documents[path] = document
    if DATAPACKAGE not in documents:
        raise CorruptStore(dataset_id, f"revision {revision_id!r} has no {DATAPACKAGE}")
    return Snapshot(documents[DATAPACKAGE], documents.get(SOURCE))


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


def clean(text: str) -> str:
    """Return text that UTF-8 can hold: lone surrogates become question marks.

    It is for what is said about a change; refusing the change for it would lose it.
    """
    return text.encode("utf-8", "replace").decode()
