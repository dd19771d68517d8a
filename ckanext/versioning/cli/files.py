"""Commands about the files that revisions keep: gc, and what verify says of them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import click
from file_keeper import humanize_filesize

from ..files.storage import get_blob_store
from ..recording.garbage import collect
from ..recording.scrub import FileProblem, Scrubber
from ..recording.sync import clean_up
from .common import each, json_option, readable_errors


@click.command(short_help="Remove the files that no revision needs.")
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
@click.option(
    "--grace",
    default=7,
    show_default=True,
    type=click.IntRange(min=1),
    help="Leave alone what was stored in the last so many days.",
)
@json_option
@readable_errors
def gc(dry_run: bool, grace: int, as_json: bool) -> None:
    """Remove the kept files that no revision of any dataset refers to.

    Purged datasets, uploads that were rolled back and links that are no longer captured leave
    them. May run beside uploads. The storage must be this portal's own.
    """
    before = datetime.now(timezone.utc) - timedelta(days=grace)
    if not dry_run:
        clean_up()
    found = collect(before, dry_run=dry_run)
    if as_json:
        told = {"files": found.blobs, "bytes": found.size, "torn": found.torn, "dry_run": dry_run}
        click.echo(json.dumps(told))
        return
    size = humanize_filesize(found.size)
    done = "Would remove" if dry_run else "Removed"
    click.echo(f"{done} {found.blobs} files, {size}")
    if found.torn:
        click.echo(f"{done} {found.torn} torn files that interrupted writers have left")


def verify_files(ids: list[str], *, quiet: bool) -> list[dict[str, Any]]:
    """Read the files of datasets back and return what is wrong, as ``verify`` tells it.

    Damaged files are set aside.

    :param ids: of the datasets.
    :param quiet: without a progress bar.
    """
    scrubber = Scrubber(get_blob_store())
    found = each(ids, scrubber.scrub, label="Reading files", quiet=quiet)
    return [_told(problem) for several in found for problem in several]


def _told(problem: FileProblem) -> dict[str, Any]:
    file, revisions = problem.file, problem.revisions
    shown = ", ".join(revision[:10] for revision in revisions[:3])
    if len(revisions) > 3:
        shown += f" and {len(revisions) - 3} more"
    return {
        "dataset_id": problem.dataset_id,
        "resource_id": file.resource,
        "path": file.path,
        "sha256": file.sha256,
        "revisions": list(revisions),
        "reason": f"{file.path} of resource {file.resource} {problem.reason}; revisions {shown}",
    }
