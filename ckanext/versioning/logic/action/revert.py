"""The action that gives a dataset the content of an earlier revision."""

from __future__ import annotations

from itertools import takewhile
from typing import Any

from ckan.types import Context, DataDict

from ...metastore import Revision
from .. import restoration, schema
from ..access import open_view
from ..dictization import revision_dict
from ..pending import settle, settled
from ..visibility import View

__all__ = ["dataset_revert"]


def dataset_revert(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Give a dataset the content that it had at a revision, as a new revision.

    You must be authorized to edit the dataset. The change goes through ``package_update``: CKAN
    validates it and may refuse it, for example if a tag's vocabulary is gone; then nothing has
    changed. A resource that was removed comes back under its old id.

    By default it leaves alone where the dataset lives and who sees it: its name, organization,
    groups, ``private`` and ``state``. So a deleted dataset stays deleted.

    :param dataset: the id or name of the dataset
    :type dataset: string
    :param revision_ref: a revision reference, see :py:func:`dataset_revision_show`
    :type revision_ref: string
    :param message: why (optional, default: a generated message)
    :type message: string
    :param dry_run: only say what would change (optional, default: ``False``)
    :type dry_run: bool
    :param full: restore also name, organization, groups, ``private``, ``state`` and what CKAN
        keeps for plugins. You must be authorized for each of these (optional, default: ``False``)
    :type full: bool

    :returns: a dictionary:

        ``changed``
            whether the dataset differs from the revision in what is restored. If it does not,
            no revision is made.
        ``revision``
            the new revision, or the newest if nothing changed, as in
            :py:func:`dataset_revision_list`; ``null`` if the new one is not recorded yet. With
            ``dry_run`` the newest.
        ``reverted_to``
            the id of the revision that was reverted to
        ``left_alone``
            the names of fields that differ from the revision and were not restored
        ``diff``
            with ``dry_run``: what would change, as ``dataset_revision_diff`` returns it
    :rtype: dictionary
    """
    data = schema.validated(schema.revert(), context, data_dict)
    view = open_view("dataset_revert", context, data)
    settle(view)
    target = view.resolve(data["revision_ref"])
    head = view.resolve("head")
    plan = restoration.make_plan(view, target, full=data["full"], lock=not data["dry_run"])
    result: dict[str, Any] = {
        "changed": plan.changes,
        "revision": None,
        "reverted_to": target.id,
        "left_alone": list(plan.left_alone),
    }
    if data["dry_run"]:
        diff = plan.diff(plugin_data=view.plugin_data).to_dict()
        return {**result, "revision": _shown(view, head), "diff": diff}
    if not plan.changes:
        return {**result, "revision": _shown(view, head)}
    restoration.carry_out(context, view, plan, message=data["message"].strip())
    if not settled(view):
        return result
    made = _made(view, head, target)
    return {**result, "changed": made is not None, "revision": _shown(view, made or head)}


def _made(view: View, before: Revision, target: Revision) -> Revision | None:
    """Return the revision that the revert has made.

    :param before: the head before.
    :param target: the revision that was reverted to.
    """
    with view.errors():
        since = list(takewhile(lambda revision: revision.id != before.id, view.log()))
    for revision in reversed(since):
        if revision.info.action == "revert" and revision.info.reverted_to == target.id:
            return revision
    return None


def _shown(view: View, revision: Revision) -> dict[str, Any]:
    with view.errors():
        names = view.tag_names()
    return revision_dict(revision, names.get(revision.id, ()))
