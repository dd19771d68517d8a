"""``ckan versioning``: the operator's and the script's way to the history of datasets.

Exit codes: 0 all is well, 1 something failed or was found damaged, 2 wrong usage.
"""

from __future__ import annotations

import click

from .files import gc
from .history import diff, log, revert, show, tag
from .links import links
from .upkeep import init, maintain, status, sync, verify

__all__ = ["get_commands"]


@click.group(short_help="Revisions, tags and reverts of datasets.")
def versioning() -> None:
    """Record, inspect and restore the history of datasets."""


for command in (init, sync, status, verify, maintain, gc, links, log, show, diff, tag, revert):
    versioning.add_command(command)


def get_commands() -> list[click.Command]:
    """Return the commands for CKAN's IClick."""
    return [versioning]
