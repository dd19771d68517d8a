"""Who may not edit a dataset sees a history without the revisions that were not public."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from ckan.tests.helpers import call_action

from ckanext.versioning.logic.dictization import iso
from ckanext.versioning.metastore import Author, Change
from ckanext.versioning.recording.metastore import get_metastore
from ckanext.versioning.tests.logic.api import make_history, parameters

pytestmark = pytest.mark.usefixtures("versioning")

READERS = ["anonymous", "other", "member"]
EDITORS = ["editor", "sysadmin"]
UNKNOWN = "0123456789abcdef0123456789abcdef01234567"

# of the revisions of ``secret``, oldest first
VISIBLE = [1, 2, 5, 6, 8, 9, 11]
HIDDEN = [0, 3, 4, 7, 10]


@pytest.fixture
def shared(made, api, organization):
    """A dataset that was private, public and deleted in turn; made once."""
    if "secret" not in made:
        history = _secret(organization)
        made["secret"] = {
            "history": history,
            "ids": history.ids,
            "times": [revision.info.time for revision in history.revisions],
            "resource": history.dataset["resources"][0]["id"],
        }
    return {**made["secret"], "api": api}


def _secret(organization):
    plain = {"name": "plain", "url": "http://example.com/plain.csv", "format": "CSV"}
    history = make_history(
        organization, private=True, title="Zero", notes="plain", resources=[plain]
    )
    resources = history.dataset["resources"]
    classified = {"name": "classified.csv", "url": "http://example.com/classified.csv"}
    history.patch(private=False, title="Public one")
    shown = history.patch(title="Public two")
    history.patch(private=True, notes="classified notes")
    hidden = history.patch(resources=[*resources, classified])
    history.patch(private=False, title="Public five", notes="plain", resources=resources)
    call_action("dataset_revert", dataset=history.id, revision_ref=history.ids[0])
    call_action("package_delete", id=history.id)
    history.patch(state="active")
    history.patch(title="Public nine")
    history.patch(private=True)
    history.patch(private=False, title="Public eleven", revision_message="Back again")
    get_metastore().tag_create(history.id, "shown", shown)
    get_metastore().tag_create(history.id, "hidden", hidden)
    return history


def refs(shared, number):
    """Return the references that mean a revision and nothing else."""
    revision_id = shared["ids"][number]
    return [revision_id, revision_id.upper(), revision_id[:10], revision_id[:7]]


class TestList:
    @pytest.mark.parametrize("user", READERS)
    def test_readers_see_the_public_ones(self, shared, user):
        found = shared["api"].post(user, "dataset_revision_list", dataset=shared["history"].name)
        expected = [shared["ids"][number] for number in reversed(VISIBLE)]
        assert [revision["id"] for revision in found.result] == expected
        assert [revision["parent"] for revision in found.result] == [*expected[1:], None]

    @pytest.mark.parametrize("user", EDITORS)
    def test_editors_see_all(self, shared, user):
        found = shared["api"].post(user, "dataset_revision_list", dataset=shared["history"].name)
        assert [revision["id"] for revision in found.result] == shared["ids"][::-1]
        assert [revision["parent"] for revision in found.result] == [*shared["ids"][-2::-1], None]
        assert [revision["tags"] for revision in found.result if revision["tags"]] == [
            ["hidden"],
            ["shown"],
        ]

    def test_pages_count_the_public_ones(self, shared):
        pages = []
        for offset in range(0, 9, 3):
            page = shared["api"].post(
                "other",
                "dataset_revision_list",
                dataset=shared["history"].id,
                limit=3,
                offset=offset,
            )
            pages.append([shared["ids"].index(revision["id"]) for revision in page.result])
        assert pages == [[11, 9, 8], [6, 5, 2], [1]]

    def test_before_and_after(self, shared):
        def numbers(**window):
            found = shared["api"].post(
                "other", "dataset_revision_list", dataset=shared["history"].id, **window
            )
            return [shared["ids"].index(revision["id"]) for revision in found.result]

        ids, times = shared["ids"], [iso(time) for time in shared["times"]]
        assert numbers(before=ids[5]) == [2, 1]
        assert numbers(after=ids[5]) == [11, 9, 8, 6]
        assert numbers(until=times[4]) == [2, 1]
        assert numbers(since=times[4], until=times[7]) == [6, 5]
        assert numbers(until=times[0]) == []


class TestWhatARevisionTells:
    @pytest.fixture
    def told(self, shared):
        answer = shared["api"].post(
            "other", "dataset_revision_list", dataset=shared["history"].name
        )
        return dict(zip(reversed(VISIBLE), answer.result, strict=True))

    def test_the_first_public_one_is_the_creation(self, told):
        assert told[1]["action"] == "create"
        assert told[1]["message"] == "Create dataset"
        assert "title" in told[1]["summary"]["fields"]
        assert [item["name"] for item in told[1]["summary"]["resources_added"]] == ["plain"]

    def test_one_after_a_public_one_is_as_it_was(self, shared, told):
        (recorded,) = get_metastore().revision_list(
            shared["history"].id, start=told[2]["id"], limit=1
        )
        assert told[2]["message"] == recorded.info.message == "Change title"

    def test_changes_are_told_against_the_public_one_before(self, told):
        assert told[5]["summary"] == {
            "fields": ["title"],
            "resources_added": [],
            "resources_removed": [],
            "resources_changed": [],
            "resources_reordered": False,
        }
        assert told[5]["message"] == "Change title"
        assert told[5]["action"] == "update"

    def test_a_revert_to_a_hidden_one_is_an_update(self, told):
        assert told[6]["reverted_to"] is None
        assert told[6]["action"] == "update"
        assert told[6]["message"] == "Change title"

    def test_a_restored_dataset_was_never_deleted(self, told):
        assert told[8]["action"] == "update"
        assert told[8]["message"] == "Update dataset"
        assert told[8]["summary"]["fields"] == []

    def test_an_authors_own_words_stay(self, told):
        assert told[11]["message"] == "Back again"

    def test_editors_are_told_all(self, shared):
        answer = shared["api"].post(
            "editor", "dataset_revision_list", dataset=shared["history"].name
        )
        told = answer.result[::-1]
        assert told[6]["reverted_to"] == shared["ids"][0]
        assert told[8]["action"] == "restore"
        assert [item["name"] for item in told[5]["summary"]["resources_removed"]] == [
            "classified.csv"
        ]

    def test_show_tells_the_same_as_the_list(self, shared, told):
        for number in VISIBLE:
            shown = (
                shared["api"]
                .post(
                    "other",
                    "dataset_revision_show",
                    dataset=shared["history"].id,
                    revision_ref=shared["ids"][number],
                )
                .result
            )
            del shown["dataset"], shown["datapackage"]
            assert shown == told[number]


@pytest.mark.parametrize("user", READERS)
def test_no_answer_holds_a_trace(shared, user):
    api, history = shared["api"], shared["history"]
    answers = [
        api.post(user, "dataset_revision_list", dataset=history.id),
        api.post(user, "dataset_tag_list", dataset=history.id),
    ]
    for number in VISIBLE:
        for diff_type in ("fields", "json-patch"):
            answers.append(
                api.post(
                    user,
                    "dataset_revision_diff",
                    dataset=history.id,
                    revision_ref_1=shared["ids"][number],
                    diff_type=diff_type,
                )
            )
        for action in ("dataset_revision_show", "package_show_revision"):
            key = "dataset" if action.startswith("dataset") else "id"
            answers.append(
                api.post(user, action, **{key: history.id}, revision_ref=shared["ids"][number])
            )
    for answer in answers:
        assert answer.status == 200
        assert "classified" not in answer.text
        for number in HIDDEN:
            assert shared["ids"][number][:10] not in answer.text
            assert iso(shared["times"][number]) not in answer.text
        assert '"private": true' not in answer.text
        assert "deleted" not in answer.text


class TestReferences:
    def test_head_counts_back_over_the_public_ones(self, shared):
        def seen(ref):
            return shared["api"].post(
                "other", "dataset_revision_show", dataset=shared["history"].id, revision_ref=ref
            )

        for back, number in enumerate(reversed(VISIBLE)):
            assert seen(f"head~{back}").result["id"] == shared["ids"][number]
        assert seen(f"head~{len(VISIBLE)}").status == 404

    def test_a_time_means_the_public_one_of_then(self, shared):
        def at(user, number):
            return (
                shared["api"]
                .post(
                    user,
                    "dataset_revision_show",
                    dataset=shared["history"].id,
                    revision_ref=iso(shared["times"][number]),
                )
                .result["id"]
            )

        for number, seen in [(1, 1), (3, 2), (4, 2), (5, 5), (7, 6), (10, 9), (11, 11)]:
            assert at("other", number) == shared["ids"][seen]
            assert at("editor", number) == shared["ids"][number]

    def test_history_begins_with_the_first_public_one(self, shared):
        answers = [
            shared["api"].post(
                "other",
                "dataset_revision_show",
                dataset=shared["history"].id,
                revision_ref=iso(time),
            )
            for time in (shared["times"][0], shared["times"][0] - timedelta(days=1))
        ]
        for answer in answers:
            (message,) = answer.error["revision_ref"]
            assert iso(shared["times"][1]) in message

    @pytest.mark.parametrize(
        ("action", "parameter"),
        [
            ("dataset_revision_show", "revision_ref"),
            ("package_show_revision", "revision_ref"),
            ("resource_show_revision", "revision_ref"),
            ("dataset_revision_diff", "revision_ref_1"),
            ("dataset_revision_diff", "revision_ref_2"),
            ("dataset_revision_list", "before"),
            ("dataset_revision_list", "after"),
            ("package_show_tag", "tag"),
            ("resource_show_tag", "tag"),
            ("dataset_tag_show", "tag"),
        ],
    )
    def test_hidden_is_unknown(self, shared, action, parameter):
        api, history = shared["api"], shared["history"]
        given = {**parameters(action, history.name, shared["resource"])}
        if "tag" in given:
            given["tag"] = "shown"

        def answer(value):
            text = api.post("other", action, **{**given, parameter: value}).text
            assert value in text
            return text.replace(value, "REF")

        pairs = [("hidden", "unknown")]
        if parameter != "tag":
            for number in HIDDEN:
                unknown = [UNKNOWN, UNKNOWN.upper(), UNKNOWN[:10], UNKNOWN[:7]]
                pairs += zip(refs(shared, number), unknown, strict=True)
        for hidden, unknown in pairs:
            assert answer(hidden) == answer(unknown)
        assert api.post("editor", action, **{**given, parameter: "hidden"}).status == 200
        assert api.post("other", action, **{**given, parameter: "shown"}).status == 200

    def test_what_was_hidden_is_not_at_a_public_one(self, shared):
        hidden = get_metastore().dataset_read(shared["history"].id, "hidden").document
        (resource_id,) = [
            item["id"] for item in hidden["resources"] if item["name"] == "classified.csv"
        ]

        def answer(resource):
            return (
                shared["api"]
                .post(
                    "other",
                    "resource_show_revision",
                    id=resource,
                    dataset=shared["history"].id,
                    revision_ref=shared["ids"][5],
                )
                .text.replace(resource, "RESOURCE")
            )

        assert answer(resource_id) == answer("a8d3c1d2-0000-4000-8000-000000000000")


class TestTags:
    def test_readers_see_tags_of_public_revisions(self, shared):
        def names(user):
            found = shared["api"].get(user, "dataset_tag_list", dataset=shared["history"].name)
            return [tag["name"] for tag in found.result]

        assert names("anonymous") == ["shown"]
        assert names("editor") == ["hidden", "shown"]


class TestAuthors:
    @pytest.fixture
    def names(self, history, api):
        """Return a function that gives the authors' names in all answers that have some."""
        author = Author(id="some-id", name="Ann Author")
        snapshot = get_metastore().dataset_read(history.id)
        changed = {**snapshot.source, "title": "By Ann"}
        get_metastore().dataset_update(
            history.id, replace(snapshot, source=changed), Change(author=author)
        )
        get_metastore().tag_create(history.id, "anns", "head", author=author)

        def names(user):
            ask = partial(api.post, user, dataset=history.name)
            revisions = [
                *ask("dataset_revision_list").result,
                ask("dataset_revision_show", revision_ref="anns").result,
                *ask("dataset_tag_list").result,
                ask("dataset_tag_show", tag="anns").result,
            ]
            return {revision["author"]["name"] for revision in revisions}

        return names

    @pytest.mark.parametrize("user", ["anonymous", "other"])
    def test_shown(self, names, user):
        assert "Ann Author" in names(user)

    @pytest.mark.ckan_config("ckan.auth.public_user_details", False)
    def test_hidden_where_the_portal_hides_its_users(self, names):
        assert names("anonymous") == {""}
        assert "Ann Author" in names("other")
