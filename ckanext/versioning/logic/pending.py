"""Accepted changes that the metastore does not have yet."""

from __future__ import annotations

import time

import ckan.plugins.toolkit as tk

from ..recording import outbox
from ..recording.drain import drain_dataset
from ..recording.engine import engine
from ..recording.metastore import drains_inline
from .errors import HistoryUnavailable, ckan_errors
from .visibility import View

PATIENCE = 5  # seconds that another process may take to deliver a change


def catch_up(package_id: str) -> None:
    """Record what was accepted a moment ago, so that whoever wrote it can read it at once.

    What has failed before, and what takes long, is left alone: no reader shall wait for it.

    :param package_id: the dataset's id in CKAN.
    """
    deadline = time.monotonic() + PATIENCE
    pause = 0.0
    while drains_inline() and _is_due(package_id) and time.monotonic() < deadline:
        time.sleep(pause)
        drain_dataset(package_id, patient=False)
        pause = 0.02  # if there is a next turn, another process is delivering it right now


def _is_due(package_id: str) -> bool:
    with engine().connect() as connection:
        return outbox.has_untried(connection, package_id)


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
