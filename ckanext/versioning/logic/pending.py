"""Accepted changes that the metastore does not have yet."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from ckan.model import meta

from ..recording import outbox
from ..recording.drain import drain_dataset
from .errors import HistoryUnavailable, ckan_errors
from .visibility import View


def settle(view: View) -> None:
    """Record what waits of the dataset, so that ``head`` is what CKAN has.

    :raises HistoryUnavailable: if changes wait all the same.
    """
    if not settled(view):
        raise HistoryUnavailable(
            tk._(
                'Changes of dataset "{dataset}" wait to be recorded; try again later. '
                'A sysadmin sees in "ckan versioning status" what holds them up'
            ).format(dataset=view.dataset)
        )


def settled(view: View) -> bool:
    """Record what waits of the dataset, and say whether nothing waits any more."""
    with ckan_errors(view.dataset):
        drain_dataset(view.package_id)
        assert meta.engine is not None, "CKAN's database is not configured"
        with meta.engine.connect() as connection:
            return (
                not outbox.waiting(connection, view.package_id)
                and outbox.captured(connection, view.package_id).error is None
            )
