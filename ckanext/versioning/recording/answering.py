"""The end of a web request: what may wait until the client has its answer.

A WSGI server closes a response once it has sent it (PEP 3333), in the same request and process.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import flask

Work = Callable[[list[str]], None]

_DEFERRED = "ckanext.versioning.deferred"  # in the WSGI environment, while there is no answer yet


def listen() -> None:
    """Attach to Flask's signals; harmless to repeat."""
    flask.request_started.connect(_started)
    flask.request_finished.connect(_finished)
    flask.request_tearing_down.connect(_tearing_down)


def defer(work: Work, dataset_ids: list[str]) -> bool:
    """Do something for datasets when the client has the answer.

    :param work: what to do; called once per request with all ids. It must not raise.
    :param dataset_ids: the datasets' ids.
    :returns: False if no answer is being made, so that it has to be done now.
    """
    if not flask.has_request_context() or _DEFERRED not in flask.request.environ:
        return False
    for dataset_id in dataset_ids:
        flask.request.environ[_DEFERRED].setdefault(work, {})[dataset_id] = None
    return True


def _started(_app: flask.Flask, **_: Any) -> None:
    flask.request.environ[_DEFERRED] = {}


def _finished(_app: flask.Flask, response: flask.Response, **_: Any) -> None:
    for work, dataset_ids in _taken().items():
        response.call_on_close(partial(work, list(dataset_ids)))


def _tearing_down(_app: flask.Flask, **_: Any) -> None:
    """Do what is left over where an error made that there was no answer."""
    for work, dataset_ids in _taken().items():
        work(list(dataset_ids))


def _taken() -> dict[Work, dict[str, None]]:
    taken: dict[Work, dict[str, None]] = flask.request.environ.pop(_DEFERRED, {})
    return taken
