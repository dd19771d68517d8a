"""The extension's settings, typed. What they mean stands in config_declaration.yaml."""

from __future__ import annotations

import ast
import json
import os
from typing import Any, Literal, cast

import ckan.plugins.toolkit as tk
from ckan.exceptions import CkanConfigurationException

BACKEND_TYPE = "ckanext.versioning.backend_type"
BACKEND_CONFIG = "ckanext.versioning.backend_config"
BLOB_STORAGE = "ckanext.versioning.blob_storage"


def backend_type() -> str:
    """Return the name of the configured backend."""
    return str(tk.config[BACKEND_TYPE])


def backend_options() -> dict[str, Any]:
    """Return the options of the configured backend.

    :raises CkanConfigurationException: if they are no dict, or the git backend has no place.
    """
    options = _parsed(BACKEND_CONFIG)
    if backend_type() == "git" and "path" not in options:
        options["path"] = os.path.join(_storage_path("revisions", BACKEND_CONFIG), "versioning")
    return options


def blob_storage() -> dict[str, Any]:
    """Return file-keeper's settings of the storage that keeps the files of uploads.

    :raises CkanConfigurationException: if they are none, or there is no place.
    """
    settings = _parsed(BLOB_STORAGE)
    if not settings:
        path = os.path.join(_storage_path("files", BLOB_STORAGE), "versioning-files", "blobs")
        return {"type": "file_keeper:fs", "path": path}
    if "type" not in settings:
        raise CkanConfigurationException(
            f'{BLOB_STORAGE} has no "type", such as "file_keeper:fs" or "file_keeper:s3"'
        )
    return settings


def files_path() -> str:
    """Return the folder where uploads are held until the blob store has them.

    :raises CkanConfigurationException: if there is no place.
    """
    if not has_storage_path():
        raise CkanConfigurationException(
            "The versioning plugin holds uploads below ckan.storage_path, which is not set"
        )
    return os.path.join(os.path.abspath(tk.config["ckan.storage_path"]), "versioning-files")


def has_storage_path() -> bool:
    """Whether CKAN has a folder for files at all."""
    return bool(tk.config.get("ckan.storage_path"))


def lfs_server_url() -> str:
    """Where git-lfs gets the files of a clone from; empty for the address that was cloned."""
    return str(tk.config["ckanext.versioning.lfs_server_url"])


def author_email() -> bool:
    """Whether the acting user's e-mail address is stored."""
    return bool(tk.config["ckanext.versioning.author_email"])


def purge() -> Literal["erase", "keep"]:
    """What happens to the history of a purged dataset."""
    return cast(Literal["erase", "keep"], tk.config["ckanext.versioning.purge"])


def strict() -> bool:
    """Whether a change that can't be recorded is refused."""
    return bool(tk.config["ckanext.versioning.strict"])


def drain() -> Literal["auto", "inline", "background"]:
    """When accepted changes go to the backend."""
    return cast(Literal["auto", "inline", "background"], tk.config["ckanext.versioning.drain"])


def ignored_fields() -> frozenset[str]:
    """The fields of datasets and resources that are no content."""
    return frozenset(tk.config["ckanext.versioning.ignored_fields"])


def max_snapshot_size() -> int:
    """The largest snapshot that is recorded, in bytes of JSON."""
    return int(tk.config["ckanext.versioning.max_snapshot_size"])


def capture_links() -> bool:
    """Whether the files behind links are fetched and kept."""
    return bool(tk.config["ckanext.versioning.capture_links"])


def link_max_size() -> int:
    """The largest file that is fetched from a link, in bytes."""
    return int(tk.config["ckanext.versioning.link_max_size"])


def link_timeout() -> int:
    """How long fetching a link may take, in seconds."""
    return int(tk.config["ckanext.versioning.link_timeout"])


def link_allowed_hosts() -> list[str]:
    """The hosts that links may lead to although they are not public."""
    return list(tk.config["ckanext.versioning.link_allowed_hosts"])


def max_file_size() -> int:
    """The largest file that is kept, in bytes; 0 for no limit."""
    return int(tk.config["ckanext.versioning.max_file_size"])


def file_quota() -> int:
    """How many bytes of files are kept in all; 0 for no limit."""
    return int(tk.config["ckanext.versioning.file_quota"])


def max_diff_size() -> int:
    """The largest revision that is compared as text, in bytes of JSON."""
    return int(tk.config["ckanext.versioning.max_diff_size"])


def table_diff_max_size() -> int:
    """The largest file whose table is compared, in bytes."""
    return int(tk.config["ckanext.versioning.table_diff_max_size"])


def table_diff_max_seconds() -> int:
    """How long the comparison of two tables may take."""
    return int(tk.config["ckanext.versioning.table_diff_max_seconds"])


def table_diff_max_memory() -> int:
    """How much memory the comparison of two tables may take, in bytes."""
    return int(tk.config["ckanext.versioning.table_diff_max_memory"])


def _parsed(key: str) -> dict[str, Any]:
    """Parse a dict in JSON or Python syntax, as earlier deployments wrote it."""
    value = tk.config.get(key)
    if value in (None, ""):
        return {}
    if isinstance(value, dict):
        return dict(value)
    try:
        options = json.loads(value)
    except ValueError:
        try:
            options = ast.literal_eval(value.strip())
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            options = None
    if not isinstance(options, dict):
        raise CkanConfigurationException(
            f'{key} must be a dict in JSON or Python syntax, such as {{"path": '
            f'"/var/lib/ckan/versioning"}}; it is {value!r}'
        )
    return options


def _storage_path(what: str, key: str) -> str:
    storage = tk.config.get("ckan.storage_path")
    if not storage:
        raise CkanConfigurationException(
            f"The versioning plugin keeps its {what} below ckan.storage_path, which is not "
            f"set. Set ckan.storage_path, or a path of its own in {key}."
        )
    return os.path.abspath(str(storage))
