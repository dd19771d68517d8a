"""CKAN's API as several users call it, and datasets with a history to call it about."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.versioning.metastore import Revision
from ckanext.versioning.recording import snapshot
from ckanext.versioning.recording.metastore import get_metastore

READS = {
    "dataset_history_show": {},
    "dataset_revision_list": {},
    "dataset_revision_show": {"revision_ref": "head"},
    "dataset_revision_neighbours": {"revision_ref": "head"},
    "package_show_revision": {"revision_ref": "head"},
    "resource_show_revision": {"revision_ref": "head"},
    "package_show_tag": {"tag": "v1"},
    "resource_show_tag": {"tag": "v1"},
    "dataset_revision_diff": {"revision_ref_1": "head~1"},
    "dataset_tag_list": {},
    "dataset_tag_show": {"tag": "v1"},
}
WRITES = {
    "dataset_tag_create": {"name": "v2"},
    "dataset_tag_update": {"tag": "v1", "description": "new"},
    "dataset_tag_delete": {"tag": "v1"},
    "dataset_revert": {"revision_ref": "head~1"},
}
ACTIONS = {**READS, **WRITES}


def parameters(action: str, dataset: str, resource: str) -> dict[str, Any]:
    """Return parameters with which the action works, for a dataset with a tag ``v1``."""
    if action.startswith("package_"):
        return {"id": dataset, **ACTIONS[action]}
    if action.startswith("resource_"):
        return {"id": resource, "dataset": dataset, **ACTIONS[action]}
    return {"dataset": dataset, **ACTIONS[action]}


@dataclass
class Answer:
    """What the API answered."""

    status: int
    text: str

    @property
    def body(self) -> dict[str, Any]:
        return json.loads(self.text)

    @property
    def result(self) -> Any:
        assert self.status == 200, (self.status, self.text)
        return self.body["result"]

    @property
    def error(self) -> dict[str, Any]:
        assert self.status in (403, 404, 409), (self.status, self.text)
        return self.body["error"]


@dataclass
class Api:
    """Calls actions over HTTP.

    :param app: CKAN's test application.
    :param tokens: API tokens by what the tests call a user; without one a user is anonymous.
    """

    app: Any
    tokens: dict[str, str] = field(default_factory=dict)

    def post(self, user: str, action: str, **data: Any) -> Answer:
        return self._answer(
            self.app.post(f"/api/3/action/{action}", json=data, headers=self._headers(user))
        )

    def get(self, user: str, action: str, **data: Any) -> Answer:
        return self._answer(
            self.app.get(f"/api/3/action/{action}", params=data, headers=self._headers(user))
        )

    def _headers(self, user: str) -> dict[str, str]:
        return {"Authorization": self.tokens[user]} if user in self.tokens else {}

    def _answer(self, response: Any) -> Answer:
        model.Session.remove()  # each request has a session of its own
        return Answer(response.status_code, response.body)


@dataclass
class History:
    """A dataset and its revisions, oldest first."""

    dataset: dict[str, Any]

    @property
    def id(self) -> str:
        return self.dataset["id"]

    @property
    def name(self) -> str:
        return self.dataset["name"]

    @property
    def revisions(self) -> list[Revision]:
        return get_metastore().revision_list(self.id, limit=1000)[::-1]

    @property
    def ids(self) -> list[str]:
        return [revision.id for revision in self.revisions]

    def patch(self, **changes: Any) -> str:
        """Change the dataset as the site; return the id of its newest revision."""
        call_action("package_patch", context=as_site(), id=self.id, **changes)
        return self.ids[-1]

    def show(self) -> dict[str, Any]:
        model.Session.remove()
        return call_action("package_show", context={"use_cache": False}, id=self.id)


def as_site() -> dict[str, Any]:
    """Return the context of the site itself; CKAN 2.11 lets nobody else join any group."""
    return {"user": call_action("get_site_user")["name"], "ignore_auth": True}


def make_history(organization: dict[str, Any], **fields: Any) -> History:
    """Return a dataset of one revision in the organization."""
    return History(factories.Dataset(owner_org=organization["id"], **fields))


def make_three(organization: dict[str, Any]) -> History:
    """Return a public dataset of three revisions; the tag ``v1`` names the second."""
    history = make_history(
        organization,
        title="One",
        resources=[{"name": "prices", "url": "http://example.com/prices.csv", "format": "CSV"}],
    )
    second = history.patch(title="Two", notes="Second")
    get_metastore().tag_create(history.id, "v1", second, description="The first version")
    history.patch(title="Three")
    return history


def revert(api: Api, history: History, ref: str, user: str = "editor", **given: Any) -> Answer:
    """Call ``dataset_revert``."""
    return api.post(user, "dataset_revert", dataset=history.name, revision_ref=ref, **given)


def state(history: History) -> Any:
    """Return all that a refused or dry revert must leave as it is."""
    model.Session.remove()
    found = call_action("package_search", fq=f"id:{history.id}", include_private=True)["results"]
    return history.ids, snapshot.show(history.id), [item["title"] for item in found]
