"""Ports of our own: chosen once per checkout, away from the services' defaults."""

from __future__ import annotations

import socket

from .common import DEV, DevError, write

FILE = DEV / "ports.env"

# Where the search for a free port starts.
BASES = {"POSTGRES_PORT": 15432, "REDIS_PORT": 16379, "SOLR_PORT": 18983}


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: a port that lingers after a stop counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def ports() -> dict[str, int]:
    """The ports of this checkout; the first call chooses them."""
    if not FILE.exists():
        chosen = {name: _first_free(base) for name, base in BASES.items()}
        lines = [f"{name}={port}\n" for name, port in chosen.items()]
        note = "# Chosen at the first start. Remove this file to choose again.\n"
        write(FILE, note + "".join(lines))
    pairs = [line.split("=") for line in FILE.read_text().splitlines() if "=" in line]
    found = {name: int(port) for name, port in pairs}
    if missing := BASES.keys() - found.keys():
        names = ", ".join(sorted(missing))
        raise DevError(f"{FILE} does not say {names}. Remove it to choose again.")
    return found


def _first_free(base: int) -> int:
    for port in range(base, base + 200):
        if is_free(port):
            return port
    raise DevError(f"No free port between {base} and {base + 199}.")
