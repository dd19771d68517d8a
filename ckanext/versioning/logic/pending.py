"""Accepted changes that the metastore does not have yet."""

from __future__ import annotations

import time

import ckan.plugins.toolkit as tk

from ..recording import outbox
from ..recording.drain import drain_dataset
from ..recording.engine import engine
from .errors import HistoryUnavailable, ckan_errors
from .visibility import View

PATIENCE = 5  # seconds that another process may take to deliver a change


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
        deadline = time.monotonic() + PATIENCE
        while drain_dataset(view.package_id):
            with engine().connect() as connection:
                if not outbox.waiting(connection, view.package_id):
                    return outbox.captured(connection, view.package_id).error is None
            if time.monotonic() > deadline:
                break
            time.sleep(0.02)  # another process is delivering it right now
        return False
