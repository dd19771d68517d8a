"""Whatever is sent, the answer is a word on the parameter, never a fault of the server."""

from __future__ import annotations

import pytest

from ckanext.versioning.recording.metastore import get_metastore
from ckanext.versioning.tests.logic.api import ACTIONS, READS, WRITES, parameters

pytestmark = pytest.mark.usefixtures("versioning")

STATUS = "versioning_status"
IDENTIFIERS = ("dataset", "id", "revision_ref", "revision_ref_1", "revision_ref_2", "tag", "name")
WINDOW = ("before", "after", "since", "until")

# JSON has no more types than these; the text is none that UTF-8, PostgreSQL or a file can hold
NO_TEXT = [{"a": 1}, {}, ["head"], [["x"]], [{"a": 1}], 17, 1.5, True]
BAD_TEXT = ["a\0b", "\0", "\ud800", "a\udfffb", "caf\ufffd"]
BAD_REFS = [
    "x" * 10_000,
    "head~",
    "head~-1",
    "head^",
    "a b",
    "..",
    "../../etc/passwd",
    "-x",
    "@{1}",
    "a\nb",
    "2999-01-01",
    "1970-01-01T00:00:00Z",
    "2024-13-01 25:00",
]
BAD_NAMES = [
    "x" * 129,
    "x" * 10_000,
    "a b",
    "a/b",
    "head",
    "HEAD",
    "deadbeef",
    "..",
    "-x",
    "a\u202eb",
]
BAD_INSTANTS = ["yesterday", "head", "2024-13-01", "x" * 10_000, "2024-01-01T25:00:00"]
BAD_NUMBERS = [
    "abc",
    "1.5",
    1.5,
    True,
    False,
    "1e3",
    "9" * 5000,
    " ",
    -1,
    "-1",
    {"a": 1},
    [1],
    [[]],
]
BAD_FLAGS = ["maybe", "tru", 2, 1.5, {"a": 1}, [True]]
UNKNOWN_REFS = ["nosuchtag", "head~99", "head~" + "9" * 200, "0" * 40, "abcdef0", "é"]


@pytest.fixture
def shared(made, api, organization, request):
    if "plain" not in made:
        made["plain"] = request.getfixturevalue("history")
    return made["plain"]


@pytest.fixture
def refused(shared, api):
    """Check that the action refuses a value of a parameter and blames it, and nothing else."""
    good = parameters

    def check(action, parameter, value, user="sysadmin"):
        given = {} if action == STATUS else good(action, shared.name, _resource(shared))
        answer = api.post(user, action, **{**given, parameter: value})
        assert answer.status == 409, (action, parameter, value, answer.text)
        error = answer.error
        assert error.pop("__type") == "Validation Error"
        assert list(error) == [parameter], (action, parameter, value, error)
        (message,) = error[parameter]
        assert 0 < len(message) < 300, message
        assert "Traceback" not in message

    before = shared.ids, get_metastore().tag_list(shared.id)
    yield check
    assert (shared.ids, get_metastore().tag_list(shared.id)) == before


def _resource(history):
    return history.dataset["resources"][0]["id"]


def _names(action):
    given = {*parameters(action, "", "")}
    if action == "dataset_revision_list":
        given |= set(WINDOW)
    if action == "dataset_revision_diff":
        given.add("revision_ref_2")
    if action in ("dataset_tag_create", "dataset_tag_update"):
        given |= {"name", "description"}
    if action == "dataset_tag_create":
        given.add("revision_ref")
    if action == "dataset_revert":
        given.add("message")
    return sorted(given)


@pytest.mark.parametrize("action", ACTIONS)
def test_what_is_no_text(refused, action):
    for parameter in _names(action):
        for value in NO_TEXT:
            if value == {} and parameter not in ("dataset", "id"):
                continue
            refused(action, parameter, value)


@pytest.mark.parametrize("action", ACTIONS)
def test_text_that_can_not_be(refused, action):
    for parameter in _names(action):
        for value in BAD_TEXT:
            if value.endswith("\ufffd") and parameter in ("message", "description"):
                continue  # free text may hold what it likes
            refused(action, parameter, value)


@pytest.mark.parametrize("action", ACTIONS)
def test_what_is_missing(refused, api, shared, action):
    optional = {"revision_ref_2", "description", "message", "name", *WINDOW}
    for parameter in _names(action):
        if parameter in optional and action != "dataset_tag_create":
            continue
        given = parameters(action, shared.name, _resource(shared))
        if parameter not in given or ACTIONS[action].get(parameter) == "head":
            continue
        del given[parameter]
        assert parameter in api.post("sysadmin", action, **given).error
        for value in (None, ""):
            if (action, parameter) == ("dataset_tag_update", "description"):
                continue
            refused(action, parameter, value)


@pytest.mark.parametrize(
    ("action", "parameter"),
    [
        (action, parameter)
        for action in ACTIONS
        for parameter in ("revision_ref", "revision_ref_1", "revision_ref_2", "before", "after")
        if parameter in _names(action)
    ],
)
class TestReferences:
    def test_that_can_not_be(self, refused, action, parameter):
        for value in BAD_REFS:
            refused(action, parameter, value)

    def test_unknown_ones_are_named(self, api, shared, action, parameter):
        for value in UNKNOWN_REFS:
            given = parameters(action, shared.name, _resource(shared))
            answer = api.post("sysadmin", action, **{**given, parameter: value})
            assert answer.status == 404, (value, answer.text)
            assert value[:50] in answer.error["message"]
            assert shared.name in answer.error["message"]

    def test_invalid_utf_8(self, refused, api, shared, action, parameter):
        refused(action, parameter, "%FF%FE")  # what Werkzeug makes of it in a URL
        given = {**parameters(action, shared.name, _resource(shared)), parameter: "REF"}
        query = "&".join(f"{key}={value}" for key, value in given.items())
        response = api.app.get(f"/api/3/action/{action}?{query.replace('REF', '%FF%FE')}")
        assert response.status_code == (400 if action in WRITES else 409)
        if action in READS:
            assert parameter in response.json["error"]


def test_ambiguous_prefix(api, shared, monkeypatch):
    from ckanext.versioning.logic import visibility
    from ckanext.versioning.metastore import AmbiguousRef

    def ambiguous(ref, history):
        raise AmbiguousRef(ref, ("abcdef0" * 5, "abcdef1" * 5))

    monkeypatch.setattr(visibility, "resolve", ambiguous)
    answer = api.post("other", "dataset_revision_show", dataset=shared.id, revision_ref="abcdef0")
    assert "2 changes start so" in answer.error["revision_ref"][0]


@pytest.mark.parametrize("action", ["dataset_tag_create", "dataset_tag_update"])
def test_names_for_tags(refused, action):
    for value in BAD_NAMES:
        refused(action, "name", value)


@pytest.mark.parametrize(
    "action",
    [
        "package_show_tag",
        "resource_show_tag",
        "dataset_tag_show",
        "dataset_tag_delete",
        "dataset_tag_update",
    ],
)
def test_tags(refused, api, shared, action):
    for value in ("a b", "..", "x" * 10_000, "-x"):
        refused(action, "tag", value)
    for value in ("nosuch", "head", "head~1", shared.ids[0]):
        given = {**parameters(action, shared.name, _resource(shared)), "tag": value}
        answer = api.post("sysadmin", action, **given)
        assert answer.status == (409 if "~" in value else 404), (value, answer.text)


def test_numbers(refused):
    for value in [*BAD_NUMBERS, 0, "0", 1001, "1001", 10**30]:
        refused("dataset_revision_list", "limit", value)
        refused(STATUS, "limit", value)
    for value in [*BAD_NUMBERS, 10**9 + 1, 10**30]:
        refused("dataset_revision_list", "offset", value)


def test_instants(refused):
    for value in BAD_INSTANTS:
        refused("dataset_revision_list", "since", value)
        refused("dataset_revision_list", "until", value)


def test_flags(refused):
    for value in BAD_FLAGS:
        for parameter in ("dry_run", "full"):
            refused("dataset_revert", parameter, value)
        refused("package_show_revision", "include_plugin_data", value)


def test_diff_types(refused):
    for value in ("Fields", "json", "x" * 1000, 1, {"a": 1}):
        refused("dataset_revision_diff", "diff_type", value)


def test_unknown_parameters_are_ignored(api, shared):
    for action in ACTIONS:
        if action.startswith("dataset_tag_") and action not in (
            "dataset_tag_list",
            "dataset_tag_show",
        ):
            continue
        given = parameters(action, shared.name, _resource(shared))
        if action == "dataset_revert":
            given["dry_run"] = True
        more = {"nosuch": {"a": [1]}, "__extras": {"dataset": "x"}, "__junk": [1], "a\0": "\0"}
        assert api.post("sysadmin", action, **given, **more).status == 200, action


def test_long_and_odd_free_text(api, history):
    text = "Zeile eins\r\n\r\nSigned-off-by: x\n\u202e<b>\x1b[31m" + "ä" * 10_000
    tag = api.post("editor", "dataset_tag_create", dataset=history.id, name="odd", description=text)
    assert tag.result["description"].startswith("Zeile eins")
    made = api.post(
        "editor", "dataset_revert", dataset=history.id, revision_ref="v1", message=text
    ).result
    assert made["revision"]["message"].startswith("Zeile eins")
    listed = api.get("other", "dataset_revision_list", dataset=history.id, limit=1).result
    assert listed == [made["revision"]]
