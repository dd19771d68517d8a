"""What a revert changes, and how it is done: by CKAN's own ``package_update``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ..files import capturing
from ..metastore import Diff, JSONObject, Revision
from ..recording import snapshot
from ..recording.actor import Actor, acting
from ..recording.content import canonical, canonical_hash, restorable
from .documents import as_shown, source_of
from .filerestoring import FilePlan, announce, opened, plan_files
from .visibility import View


@dataclass(frozen=True)
class Plan:
    """A revert that may be carried out.

    :param target: the revision to revert to.
    :param now: the dataset as it is, as recorded.
    :param expected: the dataset as it will be, but for what CKAN derives.
    :param sent: the parameters for ``package_update``.
    :param files: what happens to the files.
    :param left_alone: the fields that differ from the revision and stay as they are.
    """

    target: Revision
    now: JSONObject
    expected: JSONObject
    sent: JSONObject
    files: FilePlan
    left_alone: tuple[str, ...]

    @property
    def changes(self) -> bool:
        """Whether anything would change."""
        return bool(self.files.uploads) or (
            canonical_hash(self.now) != canonical_hash(self.expected)
        )

    def diff(self, *, plugin_data: bool) -> Diff:
        """Return what would change.

        :param plugin_data: whether the caller may see what CKAN keeps for plugins.
        """
        return Diff(
            canonical(as_shown(self.now, plugin_data=plugin_data)),
            canonical(as_shown(self.expected, plugin_data=plugin_data)),
            before_files=self.files.before,
            after_files=self.files.after,
        )


def make_plan(view: View, target: Revision, *, full: bool, lock: bool) -> Plan:
    """Return what it takes to give a dataset the content of a revision.

    :param view: of the dataset's history.
    :param target: the revision.
    :param full: whether to restore also where the dataset lives and who sees it.
    :param lock: whether nobody else may move, hide or publish the dataset until the transaction
        ends; for a plan that is going to be carried out.
    :raises ValidationError: if CKAN would accept what can't be restored.
    """
    if model.Package.get(view.package_id) is None:
        raise tk.ValidationError(
            {"dataset": [tk._("The dataset is purged; only its history is left")]}
        )
    then = source_of(view, target)
    with view.errors():
        if lock:
            snapshot.lock(model.Session, view.package_id)
        now = json.loads(snapshot.dumps(view.package_id, snapshot.show(view.package_id)))
    if not view.plugin_data:  # CKAN refuses it from all but sysadmins
        then.pop("plugin_data", None)
        now.pop("plugin_data", None)
    restoration = restorable(then, now, full=full)
    _check_groups(restoration.dataset, now)
    with view.errors():
        files = plan_files(
            view.snapshot(target),
            view.snapshot(view.resolve("head")),
            capturing.live_hashes(model.Session.connection(), now),
            now,
            restoration.dataset,
        )
    expected = _expected(restoration.dataset, then, now)
    left_alone = set(restoration.left_alone)
    if then.get("plugin_data") != expected.get("plugin_data"):  # it can't be emptied
        left_alone.add("plugin_data")
    return Plan(
        target=target,
        now=now,
        expected=expected,
        sent=restoration.dataset,
        files=files,
        left_alone=tuple(sorted(left_alone)),
    )


def carry_out(context: Context, view: View, plan: Plan, *, message: str) -> None:
    """Make CKAN restore the content.

    :param context: of the calling action.
    :param view: of the dataset's history.
    :param plan: what to do.
    :param message: why; may be empty.
    """
    actor = Actor(
        user=context.get("user") or "",
        message=message,
        action="revert",
        reverted_to=plan.target.id,
    )
    if plan.sent.get("state") == "deleted" != plan.now.get("state"):
        tk.check_access("package_delete", tk.fresh_context(context), {"id": plan.now["id"]})
    with acting(actor):
        try:
            with view.errors(), opened(plan.sent, plan.files.uploads) as sent:
                tk.get_action("package_update")(
                    tk.fresh_context(context, return_id_only=True), sent
                )
        except Exception as error:
            model.Session.rollback()  # CKAN leaves half an update in the session
            if isinstance(error, KeyError) and _has_relationships(plan.now):
                raise tk.ValidationError(
                    {"dataset": [tk._("This CKAN can't update a dataset with relationships")]}
                ) from error
            raise
    announce(context, plan.now["id"], plan.files.uploads)


def _expected(sent: JSONObject, then: JSONObject, now: JSONObject) -> JSONObject:
    """Return what CKAN will show: what is sent, and what it does not take."""
    left = {key: value for key, value in now.items() if key in then or key == "plugin_data"}
    expected = {**left, **sent}
    if (sent.get("owner_org") or None) != (now.get("owner_org") or None):
        expected["organization"] = then.get("organization")
    return expected


def _check_groups(sent: JSONObject, now: JSONObject) -> None:
    """Refuse an organization or group that is gone: from sysadmins CKAN takes them silently."""
    errors: dict[str, Any] = {}
    organization = sent.get("owner_org")
    if organization and organization != now.get("owner_org"):
        found = model.Group.get(organization)
        if found is None or not found.is_organization or found.state != "active":
            errors["owner_org"] = [
                tk._('The organization "{id}" of that revision is deleted').format(id=organization)
            ]
    present = {group.get("id") for group in now.get("groups") or []}
    gone = [
        group["id"]
        for group in sent.get("groups") or []
        if group.get("id") not in present and not _is_active_group(group.get("id"))
    ]
    if gone:
        errors["groups"] = [
            tk._('The group "{id}" of that revision is deleted').format(id=id_) for id_ in gone
        ]
    if errors:
        raise tk.ValidationError(errors)


def _has_relationships(dataset: JSONObject) -> bool:
    return bool(dataset.get("relationships_as_subject") or dataset.get("relationships_as_object"))


def _is_active_group(id_: str | None) -> bool:
    group = model.Group.get(id_) if id_ else None
    return group is not None and not group.is_organization and group.state == "active"
