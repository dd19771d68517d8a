"""Rows and lines of JSON as tables of DuckDB, every value as text.

The columns of a table are named ``c0``, ``c1``, ...: no name of a file ever enters a statement.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from .model import MAX_COLUMNS, SAMPLE_TEXT, TableError
from .separated import check_text


@dataclass(frozen=True, slots=True)
class Table:
    """A table in DuckDB.

    :param name: its name there.
    :param columns: the names of its columns, unique; ``c<i>`` there.
    :param json: whether the values are JSON texts.
    """

    name: str
    columns: tuple[str, ...]
    json: bool = False


def read_rows(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    rows: Iterator[tuple[int, list[str]]],
    spool: Path,
    goes_on: Callable[[int], None],
) -> Table:
    """Read rows, of which the first that is not empty names the columns.

    :param name: of the table to make.
    :param rows: line numbers and values.
    :param spool: a file for DuckDB, to be made.
    :param goes_on: called with the characters written so far; raises to stop.
    :raises TableError: if a row has more values than there are columns.
    """
    rows = ((line, row) for line, row in rows if any(row))
    columns = unique(next(rows, (0, []))[1])
    with spool.open("w", encoding="utf-8", newline="", errors="replace") as file:
        writer = csv.writer(file, lineterminator="\n")
        written = 0
        for count, (line, row) in enumerate(rows):
            if len(row) > len(columns):
                raise TableError("broken", line=line)
            written += writer.writerow(row + [""] * (len(columns) - len(row)))
            if count % 100 == 0:
                goes_on(written)
    kinds = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(columns)))
    connection.execute(
        f"CREATE TABLE {name} AS SELECT * FROM read_csv(?, auto_detect = false, "
        f"""header = false, delim = ',', quote = '"', escape = '"', new_line = '\\n', """
        f"columns = {{{kinds}}}, compression = 'none')",
        [str(spool)],
    )
    return Table(name, columns)


def read_jsonl(connection: duckdb.DuckDBPyConnection, name: str, path: Path) -> Table:
    """Read a file of JSON objects, one a line; the columns are their keys.

    :param name: of the table to make.
    :raises TableError: if it is no such file.
    """
    check_text(path)
    try:
        connection.execute(
            f"CREATE TABLE {name}_lines AS SELECT json FROM read_ndjson_objects(?, "
            "compression = 'uncompressed')",
            [str(path)],
        )
    except duckdb.InvalidInputException as error:
        raise TableError("bad_json") from error
    others = connection.execute(
        f"SELECT min(rowid) FROM {name}_lines WHERE json_type(json) <> 'OBJECT'"
    ).fetchall()
    if others[0][0] is not None:
        raise TableError("no_object", line=others[0][0] + 1)
    keys = connection.execute(
        "SELECT key FROM (SELECT unnest(json_keys(json)) AS key, "
        f"rowid AS line FROM {name}_lines) "
        f"GROUP BY key ORDER BY min(line), key LIMIT {MAX_COLUMNS + 1}"
    ).fetchall()
    columns = unique(key for (key,) in keys)
    pointers = ["/" + key.replace("~", "~0").replace("/", "~1") for (key,) in keys]
    values = ", ".join(
        f"nullif(json_extract(json, ?)::VARCHAR, 'null') AS c{i}" for i in range(len(keys))
    )
    connection.execute(
        f"CREATE TABLE {name} AS SELECT {values} FROM {name}_lines",
        pointers,
    )
    connection.execute(f"DROP TABLE {name}_lines")
    return Table(name, columns, json=True)


def unique(names: Iterable[str]) -> tuple[str, ...]:
    """Return names for columns, each once: empty ones get one, repeated ones a number.

    :raises TableError: if there are none or too many.
    """
    found: dict[str, None] = {}
    for number, given in enumerate(names, 1):
        if number > MAX_COLUMNS:
            raise TableError("too_many_columns", limit=MAX_COLUMNS)
        name = given[:SAMPLE_TEXT] or f"column {number}"
        count, candidate = 1, name
        while candidate in found:
            count += 1
            candidate = f"{name} ({count})"
        found[candidate] = None
    if not found:
        raise TableError("empty")
    return tuple(found)
