"""What changed between two tables: columns, types, rows; and what is no table."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from datetime import date, datetime

import pytest

from ckanext.versioning.files.tables import child
from ckanext.versioning.files.tables.model import MAX_COLUMNS, SAMPLE_ROWS, Limits, TableError

openpyxl = pytest.importorskip("openpyxl")

LIMITS = Limits(size=50_000_000, seconds=60, memory=512 << 20)


@pytest.fixture
def compare(tmp_path):
    def run(before, after, format="csv", limits=LIMITS, primary_key=()):
        paths = []
        for name, content in (("before", before), ("after", after)):
            path = tmp_path / name
            if callable(content):
                content(path)
            else:
                path.write_bytes(content.encode() if isinstance(content, str) else content)
            paths.append(path)
        return child.compare(
            *paths, format, primary_key=list(primary_key), limits=limits, folder=tmp_path
        ).to_dict()

    return run


def workbook(*rows, sheets=1):
    def write(path):
        book = openpyxl.Workbook()
        for row in rows:
            book.worksheets[0].append(row)
        for _ in range(sheets - 1):
            book.create_sheet()
        with path.open("wb") as file:
            book.save(file)

    return write


def counts(difference):
    rows = difference["rows"]
    return rows["added"], rows["removed"], rows["changed"]


def test_by_an_id_that_nobody_declared(compare):
    assert compare(
        "id,name,price\n1,ore,5\n2,gold,10\n3,iron,7\n",
        "id,price,name,unit\n3,7,iron,kg\n2,10.5,gold,kg\n4,8,tin,\n",
    ) == {
        "format": "csv",
        "schema": {
            "added": [{"name": "unit", "type": "string"}],
            "removed": [],
            "changed": [{"name": "price", "from": "integer", "to": "number"}],
            "reordered": True,
        },
        "rows": {
            "before": 3,
            "after": 3,
            "key": ["id"],
            "added": 1,
            "removed": 1,
            "changed": 1,
            "sample": {
                "added": [{"id": "4", "price": "8", "name": "tin"}],
                "removed": [{"id": "1", "price": "5", "name": "ore"}],
                "changed": [
                    {"key": {"id": "2"}, "changes": {"price": {"from": "10", "to": "10.5"}}}
                ],
            },
            "truncated": False,
        },
    }


def test_by_the_declared_key(compare):
    before = "id,city,year,value\n1,Bonn,2020,1\n2,Bonn,2021,2\n"
    after = "id,city,year,value\n3,Bonn,2020,1\n4,Bonn,2021,3\n"
    difference = compare(before, after, primary_key=["city", "year"])
    assert difference["rows"]["key"] == ["city", "year"]
    assert counts(difference) == (0, 0, 2)
    (first, _second) = difference["rows"]["sample"]["changed"]
    assert first == {
        "key": {"city": "Bonn", "year": "2020"},
        "changes": {"id": {"from": "1", "to": "3"}},
    }


@pytest.mark.parametrize(
    "after",
    ["code,n\na,1\na,2\n", "code,n\na,1\n,2\n"],
    ids=["ambiguous", "missing"],
)
@pytest.mark.parametrize("key", [[], ["code"]])
def test_what_identifies_no_row_is_no_key(compare, after, key):
    difference = compare("code,n\na,1\nb,2\n", after, primary_key=key)
    assert difference["rows"]["key"] is None
    assert counts(difference) == (1, 1, None)


def test_whole_rows_are_counted(compare):
    difference = compare("a,b\nx,1\nx,1\nx,1\ny,2\n", "a,b\nx,1\nz,2\nz,2\n")
    assert counts(difference) == (2, 3, None)
    assert difference["rows"]["sample"] == {
        "added": [{"a": "z", "b": "2"}] * 2,
        "removed": [{"a": "x", "b": "1"}] * 2 + [{"a": "y", "b": "2"}],
    }


def test_the_sample_says_that_it_is_one(compare):
    rows = "".join(f"{i},{'x' * 300}\n" for i in range(SAMPLE_ROWS))
    exact = compare("id,a\n", "id,a\n" + rows.replace("x" * 300, "x"))["rows"]
    assert (len(exact["sample"]["added"]), exact["truncated"]) == (SAMPLE_ROWS, False)
    more = compare("id,a\n", "id,a\n" + rows.replace("x" * 300, "x") + "more,x\n")["rows"]
    assert (len(more["sample"]["added"]), more["truncated"]) == (SAMPLE_ROWS, True)
    assert more["added"] == SAMPLE_ROWS + 1
    long = compare("id,a\n", "id,a\n" + rows)["rows"]
    assert long["truncated"]
    assert max(map(len, long["sample"]["added"][0].values())) < 300


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1", "-2", "007"], "integer"),
        (["1", "2.5", "1e3"], "number"),
        (["1", "1.2.3"], "string"),
        (["true", "False"], "boolean"),
        (["2020-02-29", "1999-01-01"], "date"),
        (["2020-02-29", "2021-02-29"], "string"),
        (["2020-02-29T10:00:00Z", "2020-02-29 10:00:00"], "datetime"),
        (["08:30", "08:30:59"], "time"),
        (["", ""], "any"),
        (["1", ""], "integer"),
    ],
)
def test_types(compare, values, expected):
    difference = compare("k\nx\n", "k,column\n" + "".join(f"x,{value}\n" for value in values))
    assert difference["schema"]["added"] == [{"name": "column", "type": expected}]


@pytest.mark.parametrize(
    "after",
    [
        "\ufeffid,a\n1,x\n2,y\n",
        "id;a\n1;x\n2;y\n",
        "id|a\r1|x\r2|y",
        "id,a\r\n1,x\n2,y\r\n",
        '"id","a"\n\n1,"x"\n2,y\n',
    ],
    ids=["BOM", "semicolon", "old Mac", "mixed line ends", "quotes"],
)
def test_dialects_of_one_content(compare, after):
    difference = compare("id,a\n1,x\n2,y\n", after)
    assert counts(difference) == (0, 0, 0)
    assert difference["schema"]["added"] == difference["schema"]["removed"] == []


def test_a_value_that_comes_or_goes(compare):
    difference = compare("id,a,b\n1,x,\n2\n", "id,a,b\n1,,y\n2,,\n")
    assert difference["rows"]["sample"]["changed"] == [
        {
            "key": {"id": "1"},
            "changes": {"a": {"from": "x", "to": None}, "b": {"from": None, "to": "y"}},
        }
    ]


def test_tabs(compare):
    assert counts(compare("id\ta,b\n1\tx\n", "id\ta,b\n1\ty\n", "tsv")) == (0, 0, 1)


def test_names_are_unique_and_never_part_of_a_statement(compare):
    hostile = (
        """id,"c0"" FROM x; DROP TABLE older_table; --","'); ATTACH '/tmp/x'; --",a,A,a,a,\n"""
    )
    difference = compare("id\n1\n", hostile + "1,2,3,4,5,6,7,8\n")
    assert [field["name"] for field in difference["schema"]["added"]] == [
        'c0" FROM x; DROP TABLE older_table; --',
        "'); ATTACH '/tmp/x'; --",
        "a",
        "A",
        "a (2)",
        "a (3)",
        "column 8",
    ]
    assert counts(difference) == (0, 0, 0)


def test_lines_of_json(compare):
    difference = compare(
        '{"id": 1, "code": "007", "in": {"a": [1]}}\n{"id": 2, "code": null}\n',
        '{"id": 1, "code": "7", "in": {"a": [2]}}\n{"id": 2, "code": null, "/~\'\\"": true}\n',
        "jsonl",
    )
    assert difference["schema"]["added"] == [{"name": "/~'\"", "type": "boolean"}]
    assert difference["rows"]["sample"]["changed"] == [
        {
            "key": {"id": 1},
            "changes": {
                "code": {"from": "007", "to": "7"},
                "in": {"from": {"a": [1]}, "to": {"a": [2]}},
            },
        }
    ]


def test_members_of_json_have_no_order(compare):
    difference = compare('{"a": 1}\n{"b": 1}\n', '{"b": 1}\n{"a": 1}\n', "jsonl")
    assert difference["schema"]["reordered"] is False
    assert counts(difference) == (0, 0, None)


def test_cells_of_workbooks(compare):
    """What a formula gives is known only if a program saved it; then it is a value like others."""
    day, when = date(2026, 11, 21), datetime(2026, 11, 21, 8, 30)
    difference = compare(
        workbook(["id", "sum"], ["a", "=1+1"]),
        workbook(["id", "sum", "flag", "day", "when"], ["a", "=2+2", True, day, when]),
        "xlsx",
    )
    assert [field["type"] for field in difference["schema"]["added"]] == [
        "boolean",
        "date",
        "datetime",
    ]
    assert counts(difference) == (0, 0, 0)


def test_a_workbook_that_lies_about_its_size(compare):
    def lying(path):
        workbook(["id", "n"], ["a", 1])(path)
        with zipfile.ZipFile(path) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        sheet = "xl/worksheets/sheet1.xml"
        assert b'ref="A1:B2"' in parts[sheet]
        parts[sheet] = parts[sheet].replace(b'ref="A1:B2"', b'ref="A1:A1"')
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in parts.items():
                archive.writestr(name, data)

    assert counts(compare(workbook(["id", "n"], ["a", 2]), lying, "xlsx")) == (0, 0, 1)


def test_workbooks(compare):
    difference = compare(
        workbook(["id", "n", "sum"], ["a", 1, "=1+1"], ["b", True, None]),
        workbook(["id", "n", "sum"], ["a", 2.5, "=1+1"], ["b", True, None], sheets=2),
        "xlsx",
    )
    assert counts(difference) == (0, 0, 1)
    assert difference["rows"]["sample"]["changed"] == [
        {"key": {"id": "a"}, "changes": {"n": {"from": "1", "to": "2.5"}}}
    ]


@pytest.mark.parametrize(
    ("after", "format", "code"),
    [
        ("id,a\n1,é\n".encode("latin-1"), "csv", "not_utf8"),
        ("id,a\n1,x\n".encode("utf-16"), "csv", "not_utf8"),
        (b"id,a\n1,\0\n", "csv", "binary"),
        (b"", "csv", "empty"),
        (b"\n\n", "csv", "empty"),
        (b"id,a\n1,x\n2,y,z\n", "csv", "broken"),
        (b'id,a\n1,"x\n2,y\n', "csv", "broken"),
        (b'id,a\n1,"' + b"x" * 3_000_000 + b'"\n', "csv", "broken"),
        (b"x" * 3_000_000, "csv", "broken"),
        (",".join(map(str, range(10_000))).encode(), "csv", "too_many_columns"),
        (b'{"id": 1}\n{"id":\n', "jsonl", "bad_json"),
        (b'[{"id": 1}]\n', "jsonl", "no_object"),
        (b"[" * 100_000, "jsonl", "bad_json"),
        ("{}\n".encode("utf-16"), "jsonl", "not_utf8"),
        (b"PK\x03\x04 is not enough", "xlsx", "unreadable"),
    ],
)
def test_what_is_no_table(compare, after, format, code):
    before = {"csv": "id,a\n1,x\n", "jsonl": '{"id": 1}\n', "xlsx": workbook(["id"], [1])}[format]
    with pytest.raises(TableError) as caught:
        compare(before, after, format)
    assert caught.value.to_dict()["code"] == code
    assert caught.value.details["side"] == "newer"
    with pytest.raises(TableError) as caught:
        compare(after, before, format)
    assert caught.value.details["side"] == "older"


def test_the_line_is_told(compare):
    with pytest.raises(TableError) as caught:
        compare("id\n", "id\n1\n2\n3,4\n5\n")
    assert caught.value.details["line"] == 4


def test_most_columns(compare):
    names = ",".join(f"c{i}" for i in range(MAX_COLUMNS))
    values = ",".join("1" * MAX_COLUMNS)
    difference = compare(f"{names}\n{values}\n", f"{names}\n{values[:-1]}2\n")
    assert counts(difference) == (1, 1, None)
    assert difference["rows"]["truncated"]


def test_nothing_in_common(compare):
    difference = compare("a\n1\n", "b\n1\n")
    assert difference["schema"]["removed"] == [{"name": "a", "type": "integer"}]
    assert difference["rows"] == {"error": {"code": "nothing_common"}}


def test_a_workbook_that_grows_when_it_is_unpacked(compare):
    large = workbook(["id"], *([f"{'x' * 1000}{i}"] for i in range(2000)))
    with pytest.raises(TableError) as caught:
        compare(workbook(["id"]), large, "xlsx", limits=replace(LIMITS, size=60_000))
    assert caught.value.code == "too_large"
    assert caught.value.details["side"] == "newer"


def test_too_slow(compare):
    rows = "".join(f"{i},{i * 7919 % 1000003}\n" for i in range(100_000))
    with pytest.raises(TableError) as caught:
        compare("a,b\n" + rows, "a,b\n" + rows, limits=replace(LIMITS, seconds=0.05))
    assert caught.value.code == "too_slow"


def test_too_much_memory(compare):
    rows = "".join(f"{i},{i * 7919 % 1000003:0100}\n" for i in range(60_000))
    try:
        answer = compare("a,b\n" + rows, "a,b\n" + rows, limits=replace(LIMITS, memory=8 << 20))
    except TableError as error:
        code = error.code
    else:
        code = answer["rows"]["error"]["code"]
    assert code == "memory"


def test_answers_are_json(compare):
    difference = compare('{"a": 1.5}\n', '{"a": 1e999}\n', "jsonl")
    json.dumps(difference, allow_nan=False)
