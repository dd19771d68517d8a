"""The process that compares: one job on standard input, the answer in a file.

Files come from strangers. Here a parser may crash, hang or eat memory, and only the comparison is
lost; nothing here can reach the network, nor any file but the two.
"""

from __future__ import annotations

import json
import resource
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from . import separated
from .comparing import RowComparison, compare_schemas
from .model import ANSWER, Limits, RowDiff, TableDiff, TableError
from .reading import Table, read_jsonl, read_rows

UNPACKED = 4  # times the largest file is what a workbook may be as text
SPILLED = 4  # times the largest file is what DuckDB may put on the disk
OVERHEAD = 1 << 30  # bytes of address space that Python and DuckDB take for themselves


def main() -> None:
    """Do the job."""
    job = json.load(sys.stdin)
    limits = Limits(**job["limits"])
    _limit_process(limits)
    try:
        answer = compare(
            Path(job["before"]),
            Path(job["after"]),
            job["format"],
            primary_key=job["primary_key"],
            limits=limits,
            folder=Path(job["folder"]),
        ).to_dict()
    except TableError as error:
        answer = {"error": error.to_dict()}
    Path(job["folder"], ANSWER).write_text(json.dumps(answer))


def compare(
    before: Path,
    after: Path,
    format: str,
    *,
    primary_key: list[str],
    limits: Limits,
    folder: Path,
) -> TableDiff:
    """Return what changed between two files.

    :param before: the older file.
    :param after: the newer file.
    :param format: one of ``FORMATS``.
    :param primary_key: the columns that identify rows, if somebody has said so.
    :param limits: what it may take.
    :param folder: for temporary files.
    :raises TableError: if the files can't be compared.
    """
    end = time.monotonic() + limits.seconds
    connection = _connection([before, after], limits, folder)
    with _interrupted(connection, end), _exhaustion(limits):
        read = _Reader(connection, format, end, limits, folder)
        older, newer = read("older", before), read("newer", after)
        schema = compare_schemas(connection, older, newer)
        try:
            with _exhaustion(limits):
                rows: RowDiff | TableError = RowComparison(
                    connection, older, newer, primary_key
                ).run()
        except TableError as error:
            rows = error
    return TableDiff(format, schema, rows)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads files of one format into the connection."""

    connection: duckdb.DuckDBPyConnection
    format: str
    end: float
    limits: Limits
    folder: Path

    def __call__(self, side: str, path: Path) -> Table:
        name = f"{side}_table"
        try:
            if self.format == "jsonl":
                return read_jsonl(self.connection, name, path)
            spool = self.folder / f"{side}.csv"
            return read_rows(self.connection, name, self._rows(path), spool, self._goes_on)
        except TableError as error:
            error.details["side"] = side
            raise

    def _rows(self, path: Path) -> Iterator[tuple[int, list[str]]]:
        if self.format == "xlsx":
            from . import workbooks  # only workbooks need its library

            return workbooks.read(path)
        return separated.read(path, "\t" if self.format == "tsv" else None)

    def _goes_on(self, written: int) -> None:
        if time.monotonic() > self.end:
            raise TableError("too_slow", seconds=self.limits.seconds)
        if written > self.limits.size * UNPACKED:
            raise TableError("too_large", limit=self.limits.size * UNPACKED)


def _connection(files: list[Path], limits: Limits, folder: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(
        ":memory:",
        config={
            "threads": "1",
            "memory_limit": f"{limits.memory}B",
            "temp_directory": str(folder),
            "max_temp_directory_size": f"{limits.size * SPILLED}B",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
        },
    )
    connection.execute("SET allowed_directories = ?", [[str(folder)]])
    connection.execute("SET allowed_paths = ?", [[str(path) for path in files]])
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


@contextmanager
def _interrupted(connection: duckdb.DuckDBPyConnection, end: float) -> Iterator[None]:
    """Interrupt the connection's statements when the time is up."""
    timer = threading.Timer(max(0, end - time.monotonic()), connection.interrupt)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@contextmanager
def _exhaustion(limits: Limits) -> Iterator[None]:
    """Say in which respect a limit was reached."""
    try:
        yield
    except duckdb.InterruptException:
        raise TableError("too_slow", seconds=limits.seconds) from None
    except (duckdb.OutOfMemoryException, MemoryError):
        raise TableError("memory") from None


@contextmanager
def _blamed(side: str) -> Iterator[None]:
    """Say of which file an error is."""
    try:
        yield
    except TableError as error:
        error.details["side"] = side
        raise


def _limit_process(limits: Limits) -> None:
    """Let the system enforce what DuckDB's own limits do not cover."""
    memory = 2 * limits.memory + OVERHEAD
    for kind, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, int(limits.seconds) + 5),
        (resource.RLIMIT_FSIZE, limits.size * SPILLED * 2),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (allowed, allowed))


if __name__ == "__main__":
    main()
