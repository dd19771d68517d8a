"""A comparison in a process of its own: what it may take, and what it can't reach."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ckanext.versioning.files.tables import process
from ckanext.versioning.files.tables.model import Limits, TableError

pytest.importorskip("duckdb")

LIMITS = Limits(size=50_000_000, seconds=60, memory=512 << 20)


@pytest.fixture(autouse=True)
def own_slots(monkeypatch, tmp_path):
    """Comparisons that run elsewhere on this machine take none of these places."""
    monkeypatch.setattr(process.tempfile, "tempdir", str(tmp_path))


@pytest.fixture
def compare(tmp_path):
    def run(before, after, limits=LIMITS, **given):
        (tmp_path / "before").write_text(before)
        (tmp_path / "after").write_text(after)
        paths = tmp_path / "before", tmp_path / "after"
        return process.compare(*paths, "csv", limits=limits, **given)

    return run


def test_the_answer(compare):
    rows = compare("a,b\n1,x\n2,y\n", "a,b\n1,x\n2,z\n", primary_key=["a"])["rows"]
    assert (rows["key"], rows["changed"]) == (["a"], 1)


def test_the_error(compare):
    with pytest.raises(TableError) as caught:
        compare("a\n", "a\n1,2\n")
    assert caught.value.to_dict() == {"code": "broken", "line": 2, "side": "newer"}


def test_too_large(compare):
    with pytest.raises(TableError) as caught:
        compare("id\n", "id\n" + "1\n" * 100, limits=replace(LIMITS, size=100))
    assert caught.value.to_dict() == {"code": "too_large", "limit": 100}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("import os; os.abort()", "crashed"),
        ("import time; time.sleep(1000)", "too_slow"),
        ("import no_such_module", "not_installed"),
    ],
)
def test_a_child_that_dies_or_hangs(compare, monkeypatch, tmp_path, body, code):
    (tmp_path / "stand_in.py").write_text(body)
    monkeypatch.setattr(process, "CHILD", "stand_in")
    monkeypatch.setattr(process, "GRACE", 0)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(TableError) as caught:
        compare("id\n", "id\n", limits=replace(LIMITS, seconds=1))
    assert caught.value.code == code


def test_what_is_printed_is_no_answer(compare, monkeypatch, tmp_path):
    (tmp_path / "stand_in.py").write_text(
        "print('100%', flush=True)\nfrom ckanext.versioning.files.tables.child import main\nmain()"
    )
    monkeypatch.setattr(process, "CHILD", "stand_in")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert compare("id\n", "id\n1\n")["rows"]["added"] == 1


def test_two_at_a_time(compare, tmp_path):
    taken = []
    for number in range(process.AT_A_TIME):
        place = (tmp_path / f"ckanext-versioning-tables-{os.getuid()}-{number}").open("w")
        fcntl.flock(place, fcntl.LOCK_SH)
        taken.append(place)
    with pytest.raises(TableError) as caught:
        compare("id\n", "id\n")
    assert caught.value.code == "busy"
    taken.pop().close()
    compare("id\n", "id\n")
    compare("id\n", "id\n")  # the place is free again


def test_nothing_is_left(compare, tmp_path):
    compare("id\n", "id\n1\n")
    with pytest.raises(TableError):
        compare("id\n", "")
    left = {path.name for path in tmp_path.iterdir()} - {"before", "after"}
    assert all(name.startswith("ckanext-versioning-tables-") for name in left)


def test_the_child_reaches_no_other_file(tmp_path):
    secret = tmp_path / "secret.csv"
    secret.write_text("id\n1\n")
    code = f"""
import duckdb
from pathlib import Path
from ckanext.versioning.files.tables.child import _connection
from ckanext.versioning.files.tables.model import Limits
(folder := Path({str(tmp_path / "own")!r})).mkdir()
connection = _connection([Path({str(tmp_path / "a")!r})], Limits(1000, 1, 1 << 26), folder)
for attack in (
    "SELECT * FROM read_csv('{secret}')",
    "SELECT * FROM read_text('/etc/passwd')",
    "COPY (SELECT 1) TO '{tmp_path}/out.csv'",
    "SELECT * FROM read_csv('http://127.0.0.1:9/x.csv')",
    "INSTALL httpfs",
    "ATTACH '{tmp_path}/db'",
    "SET enable_external_access = true",
    "SET allowed_paths = ['{secret}']",
):
    try:
        connection.execute(attack)
    except duckdb.Error as error:
        assert "onfiguration" in str(error), error
    else:
        raise AssertionError(attack)
import sys
assert not [name for name in sys.modules if name == "ckan" or name.startswith("ckan.")]
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[5])


def test_the_child_gets_no_secrets(compare, monkeypatch, tmp_path):
    (tmp_path / "stand_in.py").write_text(
        "import json, os, sys\n"
        "with open(json.load(sys.stdin)['folder'] + '/answer.json', 'w') as file:\n"
        "    json.dump({'seen': sorted(os.environ)}, file)\n"
    )
    monkeypatch.setattr(process, "CHILD", "stand_in")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("CKAN_SQLALCHEMY_URL", "secret")
    assert "CKAN_SQLALCHEMY_URL" not in compare("id\n", "id\n")["seen"]
