"""Real datasets of some thirty portals."""

from __future__ import annotations

import copy
import itertools
import json

from ckanext.versioning.mapping import canonical, canonical_hash, restorable, to_datapackage

from .real import everything, needs_real, sequences
from .validity import problems

#: What may differ between two versions that are the same content.
_DERIVED = {
    "metadata_modified",
    "metadata_created",
    "num_resources",
    "num_tags",
    "isopen",
    "license_title",
    "license_url",
    "organization",
    "tracking_summary",
    "revision_id",
    "revision_timestamp",
    "groups",
    "tags",
    "extras",
    "resources",
    "relationships_as_subject",
    "relationships_as_object",
}


@needs_real
def test_every_one_has_a_valid_view():
    for dataset in everything():
        before = copy.deepcopy(dataset)
        package = to_datapackage(dataset)
        assert problems(package) == [], dataset.get("id")
        assert dataset == before
        assert json.dumps(to_datapackage(dataset)) == json.dumps(package)
        assert package.get("id") == (dataset.get("id") or None)
        if "name" in dataset:
            assert package["name"] == dataset["name"]
        assert len(package["resources"]) == len(dataset["resources"])


@needs_real
def test_the_view_is_lossless_but_for_what_is_not_content():
    """Every text of the dataset stands somewhere in the view."""
    for dataset in everything():
        package = json.dumps(to_datapackage(dataset))
        for key, value in canonical(dataset).items():
            if isinstance(value, str) and key not in ("state", "revision_id"):
                assert json.dumps(value.strip())[1:-1] in package, (dataset.get("id"), key)


@needs_real
def test_every_one_has_a_canonical_form():
    for dataset in everything():
        before = copy.deepcopy(dataset)
        form = canonical(dataset)
        assert canonical(form) == form
        assert dataset == before
        assert canonical_hash(form) == canonical_hash(dataset)


@needs_real
def test_real_histories():
    """Consecutive versions are the same revision exactly if only derived things differ."""
    same = 0
    for versions in sequences():
        for one, two in itertools.pairwise(versions):
            plain = [
                {key: item for key, item in v.items() if key not in _DERIVED} for v in (one, two)
            ]
            if canonical_hash(one) == canonical_hash(two):
                same += 1
                assert {k: v for k, v in plain[0].items() if v not in (None, "")} == {
                    k: v for k, v in plain[1].items() if v not in (None, "")
                }
                assert [r.get("id") for r in one["resources"]] == [
                    r.get("id") for r in two["resources"]
                ]
            else:
                assert one != two
    assert same > 0


@needs_real
def test_going_back_in_real_histories():
    for versions in sequences():
        then, now = versions[0], versions[-1]
        found = restorable(then, now, full=True)
        sent = {**found.dataset, **{key: then.get(key) for key in found.left_alone}}
        assert [r.get("id") for r in sent["resources"]] == [r.get("id") for r in then["resources"]]
        assert sent.get("title") == then.get("title")
