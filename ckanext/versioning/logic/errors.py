"""The metastore's errors as CKAN's, in one place.

CKAN's API knows 403, 404, 409 and, for what nobody expected, 500. Storage that is away or damaged
is expected, so it becomes a ``ValidationError`` (409) under the key ``versioning``, with a message
for the caller; what an operator needs stands in the log. Python callers, such as pages, can tell
it apart by its class.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ..files.errors import BlobError
from ..metastore import (
    Conflict,
    DatasetNotFound,
    InvalidName,
    InvalidRef,
    MetastoreError,
    ResourceNotFound,
    RevisionNotFound,
    TagExists,
    TagNotFound,
)
from ..recording.errors import RecordingError
from .reasons import reason

log = logging.getLogger(__name__)

SHOWN = 100  # characters of the caller's input that a message repeats


class HistoryUnavailable(tk.ValidationError):
    """The history can't be read or written now; nothing is wrong with what the caller sent."""

    def __init__(self, reason: str) -> None:
        super().__init__({"versioning": [reason]})
        self.reason = reason


class TooLargeAsText(tk.ValidationError):
    """A comparison that can't be told as text; there are other ways."""


@contextmanager
def ckan_errors(
    dataset: str, parameter: str = "dataset", *, complete: bool = True
) -> Iterator[None]:
    """Turn the errors of the metastore into those of CKAN.

    :param dataset: the dataset as the caller named it.
    :param parameter: the parameter to blame for what can't be a reference or a name.
    :param complete: whether the caller sees the whole history, so that it is missing for all.
    """
    try:
        yield
    except MetastoreError as error:
        raise _translated(error, dataset, parameter, complete) from error
    except RecordingError as error:
        raise HistoryUnavailable(str(error)) from error
    except BlobError as error:
        log.error("A file of dataset %s can't be read: %s", shortened(dataset), error)
        raise HistoryUnavailable(
            tk._("The file can't be read from the storage now; the log says why")
        ) from error
    except sa.exc.ProgrammingError as error:
        if "versioning_" not in str(error.orig):
            raise
        log.error("The tables of versioning are missing: run `ckan db upgrade -p versioning`")
        raise HistoryUnavailable(
            tk._('Versioning is not set up: run "ckan db upgrade -p versioning"')
        ) from error


def dataset_not_found(dataset: str) -> tk.ObjectNotFound:
    """Return the error for a dataset that is not there."""
    return tk.ObjectNotFound(
        tk._('There is no dataset "{dataset}"').format(dataset=shortened(dataset))
    )


def shortened(text: str) -> str:
    """Return what a message repeats of the caller's input."""
    printable = text.encode(errors="backslashreplace").decode()  # there may be halves of pairs
    return printable if len(printable) <= SHOWN else printable[:SHOWN] + "…"


def _translated(error: MetastoreError, dataset: str, parameter: str, complete: bool) -> Exception:
    name = shortened(dataset)
    match error:
        case DatasetNotFound() | InvalidName(kind="dataset id") if not complete:
            return tk.ObjectNotFound(
                tk._('Dataset "{dataset}" has no history that you may see').format(dataset=name)
            )
        case DatasetNotFound() | InvalidName(kind="dataset id"):
            return tk.ObjectNotFound(
                tk._(
                    'Dataset "{dataset}" has no history yet; "ckan versioning sync" makes one'
                ).format(dataset=name)
            )
        case RevisionNotFound():
            return tk.ObjectNotFound(
                tk._('Dataset "{dataset}" has no revision "{ref}"').format(
                    ref=shortened(error.ref), dataset=name
                )
            )
        case TagNotFound():
            return tk.ObjectNotFound(
                tk._('Dataset "{dataset}" has no tag "{tag}"').format(
                    tag=shortened(error.tag), dataset=name
                )
            )
        case ResourceNotFound():
            return tk.ObjectNotFound(
                tk._('Dataset "{dataset}" has no resource "{resource}" at that revision').format(
                    resource=shortened(error.resource), dataset=name
                )
            )
        case InvalidRef():
            text = tk._('"{ref}" names no version: {reason}').format(
                ref=shortened(error.ref), reason=reason(error.code, error.arguments)
            )
            return tk.ValidationError({parameter: [text]})
        case InvalidName():
            text = tk._('The name "{name}" can\'t be used: {reason}').format(
                name=shortened(error.name), reason=reason(error.code, error.arguments)
            )
            return tk.ValidationError({parameter: [text]})
        case TagExists():
            return tk.ValidationError(
                {
                    parameter: [
                        tk._('Dataset "{dataset}" has a tag "{tag}" already').format(
                            dataset=name, tag=shortened(error.tag)
                        )
                    ]
                }
            )
        case Conflict():
            return HistoryUnavailable(
                tk._("The dataset was changed in the meantime; read it again and repeat the call")
            )
    log.error("The history of dataset %s can't be used: %s", name, error)
    return HistoryUnavailable(
        tk._('The history of dataset "{dataset}" is not available now; the log says why').format(
            dataset=name
        )
    )
