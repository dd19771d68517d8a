"""CKAN's own write actions, wrapped so that a revision knows who acted and why."""

from __future__ import annotations

import importlib
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import authz, model
from ckan.lib import search
from ckan.types import ChainedAction, Context, DataDict

from ...recording.actor import Actor, acting
from ...recording.errors import CaptureFailed
from ..schema import text

MESSAGE = "revision_message"


def get_chained_actions() -> dict[str, ChainedAction]:
    """Return a wrapper for each of CKAN's write actions.

    Datasets change through far more of them than through ``package_*``: memberships,
    vocabularies, organizations. So all are wrapped, and none is forgotten when CKAN adds one.
    """
    return {
        name: _chained(name, original)
        for module in ("create", "update", "delete", "patch")
        for name, original in authz.get_local_functions(
            importlib.import_module(f"ckan.logic.action.{module}")
        )
    }


def _chained(name: str, original: Any) -> ChainedAction:
    @tk.chained_action
    def write_action(next_action: Any, context: Context, data_dict: DataDict) -> Any:
        message, data_dict = _without_message(data_dict)
        with acting(Actor(user=context.get("user") or "", message=message)):
            try:
                return next_action(context, data_dict)
            except CaptureFailed as refusal:
                _undo(refusal)
                raise tk.ValidationError({"versioning": [refusal.reason]}) from refusal

    write_action.__name__ = name
    # CKAN makes a partial of it and copies only this; without it help_show has nothing to say
    write_action.__dict__["__doc__"] = original.__doc__
    return write_action


def _without_message(data_dict: DataDict) -> tuple[str, DataDict]:
    """Take the message out of the data, so that it never lands in the dataset itself."""
    if MESSAGE not in data_dict:
        return "", data_dict
    rest = {key: value for key, value in data_dict.items() if key != MESSAGE}
    message = data_dict[MESSAGE]
    try:
        return ("" if message is None else text(message)).strip(), rest
    except tk.Invalid as error:
        raise tk.ValidationError({MESSAGE: [error.error]}) from error


def _undo(refusal: CaptureFailed) -> None:
    """Roll the refused change back; CKAN 2.12 has put it into the search index already."""
    model.Session.rollback()
    for dataset_id in refusal.touched:
        if model.Package.get(dataset_id) is None:
            search.clear(dataset_id)
        else:
            search.rebuild(dataset_id)
