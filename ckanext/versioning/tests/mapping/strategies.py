"""Hostile values, and datasets in the shape of CKAN's with them in any place."""

from __future__ import annotations

import inspect
from typing import Any

from frictionless import Package, Resource
from hypothesis import strategies as st

#: Text that something on the way takes for something else.
TRICKY = [
    "", " ", "null", "true", "2020", "1.10", "1e5", "NaN", "-", ".", "..", "../..", "/etc/passwd",
    "~/x", "$HOME/x", "%TEMP%/x", "C:\\data\\x.csv", "a\\b.csv", "file:///etc/passwd",
    "https: //example.org/x", " http://example.org/a b ", "http://example.org/ä?q=[1]&$top=1",
    "http://[::1/x", "http://[::1]:80/x", "http://example.org/a/../b...c", "//example.org/x",
    "www.example.org", "example.org/x.csv", "mailto:a@example.org", "http://", "http://%zz",
    "http://a\nb", "a b", "a\u2028b", "{", "[", "[]", "{}", "[1, 2]", '{"en": "x", "de": "y"}',
    '{"fields": [{"name": "a", "type": "string"}]}', "[" * 5000, '{"a":' * 2000, "[1e999]",
    "[2020-06-01T00:00:00 TO 2020-07-01T23:59:59]", "[" + "9" * 5000 + "]", "\ud800",
    "\udc00\ud800x", "\x00", "Ünïcödé", "数据", "🦄", "a@example.org", "a b@", "1.2 MB", "-1",
    "99999999999999999999", "text/csv", "/", "2020-01-01", "2020-01-01T00:00:00",
    "2020-13-45T99:00:00Z", "a" * 300, "unnamed-resource", "unnamed-resource-1", "x", "x-1", "X",
]  # fmt: skip

#: Names that CKAN, the mapper, the specification or the frictionless library know.
KNOWN = sorted(
    {
        "id", "name", "title", "notes", "url", "version", "author", "author_email", "maintainer",
        "maintainer_email", "license_id", "license_title", "license_url", "isopen", "type",
        "private", "state", "owner_org", "organization", "creator_user_id", "metadata_created",
        "metadata_modified", "num_resources", "num_tags", "plugin_data", "extras", "tags",
        "groups", "resources", "relationships_as_subject", "relationships_as_object",
        "tracking_summary", "revision_id", "size", "mimetype", "format", "hash", "position",
        "datastore_active", "url_type", "original_name", "ckan", "email", "role", "key", "value",
        "fields", "$schema", "$frictionless", "profiles", "layout", "hashing", "missingValues",
        "created", "last_modified", "display_name", "vocabulary_id", "",
        *(name for one in (Package, Resource) for name in inspect.signature(one).parameters),
    }
)  # fmt: skip

text = st.one_of(st.sampled_from(TRICKY), st.text(max_size=12))
keys = st.one_of(st.sampled_from(KNOWN), text)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([10**400, -(10**25), 2**63, 0]),
    st.floats(),
    text,
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(keys, inner, max_size=3),
        st.dictionaries(st.sampled_from(["en", "de", "fr"]), inner, max_size=2),
    ),
    max_leaves=6,
)
objects = st.dictionaries(keys, values, max_size=8)


def _maybe(shape: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(shape, shape, values)


resources = st.lists(
    _maybe(st.dictionaries(st.sampled_from(KNOWN), values, max_size=8)), max_size=4
)
tags = st.lists(_maybe(st.fixed_dictionaries({"name": values}, optional={"id": values})))
extras = st.lists(_maybe(st.fixed_dictionaries({"key": keys, "value": values})), max_size=4)
datasets = st.builds(
    lambda base, shaped: {**base, **shaped},
    objects,
    st.fixed_dictionaries(
        {},
        optional={
            "id": _maybe(st.just("0c5362f5-b99e-41db-8256-3d0d7549bf4d")),
            "name": _maybe(st.just("prices")),
            "resources": _maybe(resources),
            "tags": _maybe(tags),
            "extras": _maybe(extras),
        },
    ),
)
