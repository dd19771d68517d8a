"""The difference of two tables, and the limits of finding it. All values are immutable."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

#: The formats that can be compared.
FORMATS = ("csv", "tsv", "xlsx", "jsonl")

#: The child's file, in the job's folder: DuckDB may print to standard output.
ANSWER = "answer.json"

MAX_COLUMNS = 1000  # of a table
SAMPLE_ROWS = 20  # of each kind
SAMPLE_COLUMNS = 50
SAMPLE_TEXT = 200  # characters of a name or a cell


class TableError(Exception):
    """Why tables can't be compared.

    :param code: the key of the words for it, see ``messages``.
    :param details: what the words name; of JSON.
    """

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(code)
        self.code = code
        self.details = details

    def to_dict(self) -> dict[str, Any]:
        """Return the error as JSON."""
        return {"code": self.code, **self.details}


@dataclass(frozen=True, slots=True)
class Limits:
    """What a comparison may take.

    :param size: bytes of each file.
    :param seconds: of everything.
    :param memory: bytes of the process, about.
    """

    size: int
    seconds: float
    memory: int


@dataclass(frozen=True, slots=True)
class Field:
    """A column: its name, and the type of Table Schema that fits all its values."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class SchemaDiff:
    """What changed in the columns.

    :param added: the columns that only the newer table has.
    :param removed: the columns that only the older table has.
    :param changed: name, older and newer type of the columns of another type.
    :param reordered: whether the columns that both have stand in another order.
    """

    added: tuple[Field, ...]
    removed: tuple[Field, ...]
    changed: tuple[tuple[str, str, str], ...]
    reordered: bool

    def to_dict(self) -> dict[str, Any]:
        """Return the difference as JSON."""
        return {
            "added": [asdict(field) for field in self.added],
            "removed": [asdict(field) for field in self.removed],
            "changed": [{"name": n, "from": old, "to": new} for n, old, new in self.changed],
            "reordered": self.reordered,
        }


Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RowDiff:
    """What changed in the rows, as the columns show it that both tables have.

    :param before: the number of rows of the older table.
    :param after: the number of rows of the newer table.
    :param key: the columns that say which rows are the same; empty where whole rows are compared.
    :param added: the number of rows that only the newer table has.
    :param removed: the number of rows that only the older table has.
    :param changed: the number of rows of which values changed; None without a key.
    :param sample: some rows of each kind; of a changed row its ``key`` and its ``changes``.
    :param truncated: whether the sample leaves out rows, columns or ends of long values.
    """

    before: int
    after: int
    key: tuple[str, ...]
    added: int
    removed: int
    changed: int | None
    sample: dict[str, list[Row]]
    truncated: bool

    def to_dict(self) -> dict[str, Any]:
        """Return the difference as JSON."""
        return {**asdict(self), "key": list(self.key) or None}


@dataclass(frozen=True, slots=True)
class TableDiff:
    """What changed between two tables.

    :param format: of the files.
    :param schema: what changed in the columns.
    :param rows: what changed in the rows, or why that could not be found out.
    """

    format: str
    schema: SchemaDiff
    rows: RowDiff | TableError

    def to_dict(self) -> dict[str, Any]:
        """Return the difference as JSON."""
        rows = self.rows
        return {
            "format": self.format,
            "schema": self.schema.to_dict(),
            "rows": {"error": rows.to_dict()} if isinstance(rows, TableError) else rows.to_dict(),
        }
