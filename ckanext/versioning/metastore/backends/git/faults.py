"""The one place where errors of libgit2 and of the file system become the metastore's."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

import pygit2

from ...errors import BackendUnavailable, CorruptStore

BACKEND = "git"
# libgit2 gives its reason as text only.
_PASSING = (
    *(
        os.strerror(code)
        for code in (
            errno.ENOSPC,
            errno.EDQUOT,
            errno.EACCES,
            errno.EPERM,
            errno.EROFS,
            errno.EMFILE,
            errno.ENFILE,
            errno.ENOMEM,
            errno.EIO,
            errno.ESTALE,
        )
    ),
    "failed to lock",
    "is not owned by",
)


class Damaged(Exception):
    """An object or reference can't be read as what it should be."""


@contextmanager
def reading(dataset_id: str) -> Iterator[None]:
    """Map errors of reading: what does not pass by itself is damage."""
    try:
        yield
    except Damaged as error:
        raise CorruptStore(dataset_id, str(error)) from error
    except OSError as error:
        raise BackendUnavailable(BACKEND, str(error)) from error
    except pygit2.GitError as error:
        if any(reason in str(error) for reason in _PASSING):
            raise BackendUnavailable(BACKEND, str(error)) from error
        raise CorruptStore(dataset_id, str(error)) from error


@contextmanager
def writing(dataset_id: str) -> Iterator[None]:
    """Map errors of writing: libgit2 may fail with the words "no error" when a disk is full."""
    try:
        yield
    except Damaged as error:
        raise CorruptStore(dataset_id, str(error)) from error
    except (OSError, pygit2.GitError) as error:
        raise BackendUnavailable(BACKEND, str(error)) from error
