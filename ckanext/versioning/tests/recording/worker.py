"""A process of its own that changes a dataset; it may kill itself at a named step.

``python -m ckanext.versioning.tests.recording.worker INI DATASET LABEL CHANGES [STEP]`` patches
the dataset's notes to ``LABEL 0``, ``LABEL 1`` ...; with STEP it dies by SIGKILL there.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any


def _die(*_args: Any, **_kwargs: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _before(module: Any, name: str) -> None:
    setattr(module, name, _die)


def _after(module: Any, name: str) -> None:
    original = getattr(module, name)

    def wrapper(*args: Any, **kwargs: Any) -> None:
        original(*args, **kwargs)
        _die()

    setattr(module, name, wrapper)


def steps() -> dict[str, Callable[[], None]]:
    """Name the steps between a change and its revision, each with what dies there."""
    from ckanext.versioning.metastore import MetaStore
    from ckanext.versioning.recording import drain, listeners, outbox

    return {
        "inside the transaction": lambda: _after(outbox, "append"),
        "between commit and drain": lambda: _before(listeners, "drain_soon"),
        "inside the drain, before the revision": lambda: _before(MetaStore, "dataset_record"),
        "inside the drain, after the revision": lambda: _after(MetaStore, "dataset_record"),
        "inside the drain, before the row goes": lambda: _before(drain.outbox, "finish"),
    }


def main(ini: str, dataset_id: str, label: str, changes: int, step: str | None = None) -> None:
    from ckan.cli import load_config
    from ckan.config.middleware import make_app

    config = load_config(ini)
    app = make_app(config)

    import ckan.plugins.toolkit as tk
    from ckan import model

    with getattr(app, "_wsgi_app", app).test_request_context():
        site_user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
        if step is not None:
            steps()[step]()
        for number in range(changes):
            tk.get_action("package_patch")(
                {"user": site_user, "ignore_auth": True},
                {"id": dataset_id, "notes": f"{label} {number}"},
            )
            model.Session.remove()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), *sys.argv[5:6])
