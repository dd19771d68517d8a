"""A versioned store of datasets: revisions, tags, diffs, over pluggable storage.

It knows nothing of CKAN and can be used alone::

    store = create_metastore("git", {"path": "/srv/datasets"})
    store.dataset_create("prices", Snapshot({"name": "prices", "resources": []}))
"""

from __future__ import annotations

from .backend import Backend, Capability
from .datafiles import DataFile
from .describe import describe
from .diff import Diff, diff, summarize
from .errors import (
    AlreadyExists,
    AmbiguousRef,
    BackendUnavailable,
    Conflict,
    CorruptStore,
    DatasetExists,
    DatasetNotFound,
    InvalidName,
    InvalidOptions,
    InvalidRef,
    InvalidSnapshot,
    MetastoreError,
    NotFound,
    NotSupported,
    ResourceNotFound,
    RevisionNotFound,
    TagExists,
    TagNotFound,
)
from .filediff import FileChange, file_changes
from .model import (
    Author,
    Change,
    ChangeSummary,
    CommitInfo,
    JSONObject,
    Problem,
    ResourceChange,
    Revision,
    Snapshot,
    Tag,
    Visibility,
)
from .registry import backend_types, create_backend, create_metastore
from .store import MetaStore

__all__ = [
    "AlreadyExists",
    "AmbiguousRef",
    "Author",
    "Backend",
    "BackendUnavailable",
    "Capability",
    "Change",
    "ChangeSummary",
    "CommitInfo",
    "Conflict",
    "CorruptStore",
    "DataFile",
    "DatasetExists",
    "DatasetNotFound",
    "Diff",
    "FileChange",
    "InvalidName",
    "InvalidOptions",
    "InvalidRef",
    "InvalidSnapshot",
    "JSONObject",
    "MetaStore",
    "MetastoreError",
    "NotFound",
    "NotSupported",
    "Problem",
    "ResourceChange",
    "ResourceNotFound",
    "Revision",
    "RevisionNotFound",
    "Snapshot",
    "Tag",
    "TagExists",
    "TagNotFound",
    "Visibility",
    "backend_types",
    "create_backend",
    "create_metastore",
    "describe",
    "diff",
    "file_changes",
    "summarize",
]
