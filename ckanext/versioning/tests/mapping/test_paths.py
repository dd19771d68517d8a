"""Paths and URLs."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ckanext.versioning.mapping import paths

from . import strategies

SAFE = re.compile(r"^(?=^[^./~])(^((?!\.{2}).)*$).*$")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://example.org/x.csv?a=1#b", "http://example.org/x.csv?a=1#b"),
        (" HTTPS://example.org/a b.csv\n", "https://example.org/a%20b.csv"),
        ("http://example.org/ä?q=[1]", "http://example.org/%C3%A4?q=%5B1%5D"),
        ("http://example.org/a%20b%", "http://example.org/a%20b%25"),
        ("http://example.org/a/../b", "http://example.org/a/.%2E/b"),
        ("http://example.org/o?$top=1&p=$", "http://example.org/o?%24top=1&p=$"),
        ("ftp://example.org/x", "ftp://example.org/x"),
        ("http://[::1]:80/x", "http://[::1]:80/x"),
        ("http://[::1/x", None),
        ("http://[x]/x", None),
        ("https: //example.org/x", None),
        ("http:///x", None),
        ("file:///etc/passwd", None),
        ("FILE://host/etc/passwd", None),
        ("mailto:ann@example.org", None),
        ("C:\\data\\x.csv", None),
        ("www.example.org", "http://www.example.org"),
        ("//example.org/x", "http://example.org/x"),
        ("example.org/x.csv", "http://example.org/x.csv"),
        ("data/x.csv", "data/x.csv"),
        ("x.csv", "x.csv"),
        ("/data/x.csv", "data/x.csv"),
        ("../../x.csv", "x.csv"),
        ("~/x", "x"),
        ("a..b.csv", "a.b.csv"),
        ("$HOME/x", "_HOME/x"),
        ("see website", None),
        ("", None),
        ("..", None),
    ],
)
def test_path(text, expected):
    assert paths.path(text) == expected


def test_a_file_name_may_hold_blanks():
    assert paths.path("my prices.csv", is_file=True) == "my prices.csv"
    assert paths.path("a: b.csv", is_file=True) == "a_ b.csv"
    assert paths.path("http://example.org/x", is_file=True) == "http://example.org/x"


@given(st.one_of(strategies.text, st.text(alphabet="./\\~$%: [{ab\n")), st.booleans())
@example("a/.$./b", True)
@example(". ./x", True)
@example(".~/.x", False)
def test_no_path_is_unsafe(text, is_file):
    found = paths.path(text, is_file=is_file)
    if found is not None:
        assert SAFE.match(found)
        assert not re.search(r"\$\w|\$\{|^%.+%", found)
        assert not found.startswith(("[", "{"))
        assert paths.path(found, is_file=is_file) in (found, None)
