"""Which type of Table Schema fits all values of a column."""

from __future__ import annotations

from typing import Any

import duckdb

from .reading import Table

# DuckDB's casts alone are generous: 2020-01-01 08:00 is a date to them, and "t" a boolean.
_FITS = {
    "integer": "regexp_full_match({c}, '[-+]?[0-9]+')",
    "number": "regexp_full_match({c}, '[-+]?[0-9.]+([eE][-+]?[0-9]+)?') "
    "AND TRY_CAST({c} AS DOUBLE) IS NOT NULL",
    "boolean": "lower({c}) IN ('true', 'false')",
    "date": "regexp_full_match({c}, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}') "
    "AND TRY_CAST({c} AS DATE) IS NOT NULL",
    "datetime": "regexp_full_match({c}, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[T ].+') "
    "AND TRY_CAST({c} AS TIMESTAMP) IS NOT NULL",
    "time": "regexp_full_match({c}, '[0-9]{{2}}:[0-9]{{2}}(:[0-9]{{2}}([.][0-9]+)?)?')",
}
# How the types of JSON are named in a Table Schema.
_OF_JSON = {
    "BIGINT": "integer",
    "UBIGINT": "integer",
    "HUGEINT": "integer",
    "DOUBLE": "number",
    "BOOLEAN": "boolean",
    "VARCHAR": "string",
    "OBJECT": "object",
    "ARRAY": "array",
}


def types(connection: duckdb.DuckDBPyConnection, table: Table) -> dict[str, str]:
    """Return the type of each column by its name; ``any`` where there are no values."""
    columns = [f"c{i}" for i in range(len(table.columns))]
    if table.json:
        found = {column: _json_type(connection, table.name, column) for column in columns}
    else:
        found = _text_types(connection, table.name, columns)
    return {name: found[f"c{i}"] for i, name in enumerate(table.columns)}


def _text_types(
    connection: duckdb.DuckDBPyConnection, table: str, columns: list[str]
) -> dict[str, str]:
    """Return the types of columns of text, in few statements: there may be many columns."""
    samples = ", ".join(f"any_value({column}) AS {column}" for column in columns)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE samples AS SELECT {samples} FROM {table}")
    found = {
        column: "any" if value is None else "string"
        for column, value in zip(columns, _row(connection, "FROM samples"), strict=True)
    }
    for name, fits in _FITS.items():
        candidates = [column for column in columns if found[column] == "string"]
        for rows in ("samples", table):  # one value tells most types apart without reading all
            candidates = _fitting(connection, rows, candidates, fits)
        found |= dict.fromkeys(candidates, name)
    return found


def _fitting(
    connection: duckdb.DuckDBPyConnection, table: str, columns: list[str], fits: str
) -> list[str]:
    if not columns:
        return []
    tests = ", ".join(f"bool_and({fits.format(c=column)})" for column in columns)
    passed = _row(connection, f"SELECT {tests} FROM {table}")
    return [column for column, fit in zip(columns, passed, strict=True) if fit]


def _json_type(connection: duckdb.DuckDBPyConnection, table: str, column: str) -> str:
    found = {
        _OF_JSON[name]
        for (name,) in connection.execute(
            f"SELECT DISTINCT json_type({column}) FROM {table} WHERE {column} IS NOT NULL"
        ).fetchall()
    }
    if found == {"integer", "number"}:
        return "number"
    return found.pop() if len(found) == 1 else "any"


def _row(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    row = connection.execute(query).fetchone()
    assert row is not None  # aggregates give one
    return row
