"""The difference of two tables that DuckDB holds."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from .model import (
    SAMPLE_COLUMNS,
    SAMPLE_ROWS,
    SAMPLE_TEXT,
    Field,
    Row,
    RowDiff,
    SchemaDiff,
    TableError,
)
from .reading import Table
from .types import types

# Columns that may identify rows; whether they do is tested.
_LIKE_ID = re.compile(r"(?i)(.*[_\- .])?(id|uuid|guid|key|code|identifier)|.*[a-z](Id|ID)")


def compare_schemas(
    connection: duckdb.DuckDBPyConnection, before: Table, after: Table
) -> SchemaDiff:
    """Return what changed in the columns."""
    old, new = types(connection, before), types(connection, after)
    return SchemaDiff(
        added=tuple(Field(name, new[name]) for name in new if name not in old),
        removed=tuple(Field(name, old[name]) for name in old if name not in new),
        changed=tuple((name, old[name], new[name]) for name in new if _retyped(name, old, new)),
        # the members of a JSON object have no order
        reordered=not after.json
        and [name for name in old if name in new] != [name for name in new if name in old],
    )


def _retyped(name: str, old: Mapping[str, str], new: Mapping[str, str]) -> bool:
    return name in old and old[name] != new[name] and "any" not in (old[name], new[name])


class RowComparison:
    """The comparison of the rows of two tables by the columns that both have.

    :param connection: where the tables are.
    :param primary_key: the columns that identify rows, if somebody has said so.
    :raises TableError: if the tables have no column in common.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        before: Table,
        after: Table,
        primary_key: Sequence[str] = (),
    ) -> None:
        self._connection = connection
        self._json = after.json
        self._columns = [name for name in after.columns if name in before.columns]
        if not self._columns:
            raise TableError("nothing_common")
        for table, view in ((before, "older"), (after, "newer")):
            self._make_view(view, table)
        self._declared = tuple(primary_key)
        self._truncated = len(self._columns) > SAMPLE_COLUMNS

    def run(self) -> RowDiff:
        """Return what changed."""
        key = self._find_key()
        sample, added, removed, changed = self._by_key(key) if key else self._by_row()
        shown = min(added, SAMPLE_ROWS) + min(removed, SAMPLE_ROWS) + min(changed or 0, SAMPLE_ROWS)
        return RowDiff(
            before=self._count("SELECT count(*) FROM older"),
            after=self._count("SELECT count(*) FROM newer"),
            key=tuple(self._columns[i] for i in key),
            added=added,
            removed=removed,
            changed=changed,
            sample=sample,
            truncated=self._truncated or shown < added + removed + (changed or 0),
        )

    def _make_view(self, view: str, table: Table) -> None:
        columns = ", ".join(
            f"c{table.columns.index(name)} AS v{i}" for i, name in enumerate(self._columns)
        )
        self._connection.execute(
            f"CREATE VIEW {view} AS SELECT rowid AS line, {columns} FROM {table.name}"
        )

    def _find_key(self) -> list[int]:
        """Return the numbers of the columns that identify a row in both tables; may be empty."""
        if self._declared and all(name in self._columns for name in self._declared):
            declared = [self._columns.index(name) for name in self._declared]
            if self._identifies(declared):
                return declared
        for i, name in enumerate(self._columns):
            if _LIKE_ID.fullmatch(name) and self._identifies([i]):
                return [i]
        return []

    def _identifies(self, key: Sequence[int]) -> bool:
        columns = ", ".join(f"v{i}" for i in key)
        missing = " OR ".join(f"v{i} IS NULL" for i in key)
        return not any(
            self._count(f"SELECT count(*) FROM {view} WHERE {missing}")
            or self._count(f"SELECT count(*) - count(DISTINCT row({columns})) FROM {view}")
            for view in ("older", "newer")
        )

    def _by_key(self, key: Sequence[int]) -> tuple[dict[str, list[Row]], int, int, int | None]:
        same = " AND ".join(f"older.v{i} = newer.v{i}" for i in key)
        differs = " OR ".join(
            f"older.v{i} IS DISTINCT FROM newer.v{i}"
            for i in range(len(self._columns))
            if i not in key
        )
        missing = "FROM {0} WHERE NOT EXISTS (SELECT 1 FROM {1} WHERE " + same + ")"
        added, removed = missing.format("newer", "older"), missing.format("older", "newer")
        changed = f"FROM older JOIN newer ON {same} WHERE {differs or 'false'}"
        pairs = self._rows(
            "SELECT "
            + ", ".join(f"older.v{i}, newer.v{i}" for i in range(len(self._columns)))
            + f" {changed} ORDER BY newer.line LIMIT {SAMPLE_ROWS}"
        )
        sample = {
            "added": self._sample(added, "newer.line"),
            "removed": self._sample(removed, "older.line"),
            "changed": [self._changes(pair[::2], pair[1::2], key) for pair in pairs],
        }
        counts = [self._count(f"SELECT count(*) {rows}") for rows in (added, removed, changed)]
        return sample, counts[0], counts[1], counts[2]

    def _by_row(self) -> tuple[dict[str, list[Row]], int, int, int | None]:
        columns = ", ".join(f"v{i}" for i in range(len(self._columns)))
        for name, one, other in (("added", "newer", "older"), ("removed", "older", "newer")):
            self._connection.execute(
                f"CREATE TABLE only_{name} AS SELECT {columns} FROM {one} "
                f"EXCEPT ALL SELECT {columns} FROM {other}"
            )
        sample = {name: self._sample(f"FROM only_{name}", "ALL") for name in ("added", "removed")}
        counts = [self._count(f"SELECT count(*) FROM only_{name}") for name in sample]
        return sample, counts[0], counts[1], None

    def _sample(self, rows: str, order: str) -> list[Row]:
        shown = range(min(len(self._columns), SAMPLE_COLUMNS))
        columns = ", ".join(f"v{i}" for i in shown)
        found = self._rows(f"SELECT {columns} {rows} ORDER BY {order} LIMIT {SAMPLE_ROWS}")
        return [{self._columns[i]: self._shown(row[i]) for i in shown} for row in found]

    def _changes(self, old: Sequence[Any], new: Sequence[Any], key: Sequence[int]) -> Row:
        differing = [i for i in range(len(self._columns)) if old[i] != new[i]]
        self._truncated = self._truncated or len(differing) > SAMPLE_COLUMNS
        return {
            "key": {self._columns[i]: self._shown(new[i]) for i in key},
            "changes": {
                self._columns[i]: {"from": self._shown(old[i]), "to": self._shown(new[i])}
                for i in differing[:SAMPLE_COLUMNS]
            },
        }

    def _shown(self, value: str | None) -> Any:
        """Return a value, shortened where it is long; of JSON what it stands for."""
        if value is not None and len(value) > SAMPLE_TEXT:
            self._truncated = True
            return value[:SAMPLE_TEXT] + "…"
        if not self._json or value is None:
            return value
        return json.loads(value, parse_float=_number)

    def _count(self, query: str) -> int:
        return int(self._rows(query)[0][0])

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(query).fetchall()


def _number(text: str) -> float | str:
    """Return a number of JSON; as text where it is too large for most that read JSON."""
    number = float(text)
    return number if math.isfinite(number) else text
