"""Commands that look after the metastore as a whole: init, sync, status, verify, maintain."""

from __future__ import annotations

import json
import sys
from collections import Counter
from typing import Any

import ckan.plugins.toolkit as tk
import click
from ckan import model

from ..metastore import Capability, MetastoreError
from ..recording import sync as syncing
from ..recording.drain import drain_all
from ..recording.metastore import get_metastore, metastore_id
from ..recording.sync import Outcome, Synced
from ..recording.verify import recorded_ids, stored_ids, verify_dataset
from .common import as_operator, each, json_option, readable_errors
from .files import verify_files

CHANGED = (Outcome.RECORDED, Outcome.WOULD_RECORD, Outcome.PURGED, Outcome.WOULD_PURGE)


@click.command(short_help="Make the plugin's tables and check the backend.")
@readable_errors
def init() -> None:
    """Make the plugin's tables and check that the backend can be written. Harmless to repeat."""
    from ckan.cli.db import _run_migrations

    _run_migrations("versioning")
    get_metastore().backend.check()
    click.secho("Versioning is ready. Next: ckan versioning sync", fg="green")


@click.command(short_help="Record whatever is not yet recorded.")
@click.option("--dataset", "datasets", multiple=True, help="Only this one (name or id).")
@click.option("--dry-run", is_flag=True, help="Only say what would be recorded.")
@click.option(
    "--outbox-only",
    is_flag=True,
    help="Only what waits or could not be noted.",
)
@click.option(
    "--accept-loss",
    is_flag=True,
    help="Where the backend has lost revisions, go on from what it has now.",
)
@json_option
@readable_errors
def sync(
    datasets: tuple[str, ...], dry_run: bool, outbox_only: bool, accept_loss: bool, as_json: bool
) -> None:
    """Deliver the changes that wait, then compare every dataset with its newest revision.

    Gives each dataset of an existing portal its first revision, and keeps the files of its
    uploads: --dry-run says how many bytes that takes. It may be interrupted at any time; run it
    again and it goes on.
    """
    if outbox_only:
        results = [Synced(id_, Outcome.FAILED, "still waits") for id_ in drain_all()]
        results += [syncing.sync_dataset(id_) for id_ in syncing.uncaptured_ids()]
    else:
        ids = [_dataset_id(name) for name in datasets] or list(syncing.dataset_ids())
        results = each(
            ids,
            lambda id_: syncing.sync_dataset(id_, dry_run=dry_run, accept_loss=accept_loss),
            label="Comparing" if dry_run else "Syncing",
            quiet=as_json,
        )
    if not dry_run:
        syncing.clean_up()
    _report(results, as_json)
    if any(result.outcome is Outcome.FAILED for result in results):
        sys.exit(1)


@click.command(short_help="What waits, what fails, what lags.")
@json_option
@readable_errors
def status(as_json: bool) -> None:
    """Show the backend and the changes that are not recorded yet; exit 1 if something fails."""
    result = tk.get_action("versioning_status")(as_operator(), {})
    if as_json:
        click.echo(json.dumps(result, indent=2))
    else:
        _print_status(result)
    if result["failing"] or result["capture_failures"] or not result["available"]:
        sys.exit(1)


@click.command(short_help="Read everything back and report damage.")
@click.option("--dataset", "datasets", multiple=True, help="Only this one (name or id).")
@click.option(
    "--files", "with_files", is_flag=True, help="Read every kept file, too; set damaged ones aside."
)
@json_option
@readable_errors
def verify(datasets: tuple[str, ...], with_files: bool, as_json: bool) -> None:
    """Read every revision of every dataset; exit 1 if one is damaged or missing.

    A damaged file is set aside (on disk as FILE.damaged): it is no longer given out, and is kept
    anew when the same bytes are uploaded again. Nothing else is changed.
    """
    ids = [_dataset_id(name) for name in datasets] or list(recorded_ids())
    found = each(ids, verify_dataset, label="Verifying", quiet=as_json)
    problems = [problem for several in found for problem in several]
    told = [{"dataset_id": p.dataset_id, "reason": p.reason} for p in problems]
    if with_files:
        healthy = [id_ for id_ in ids if id_ not in {problem.dataset_id for problem in problems}]
        told += verify_files(healthy, quiet=as_json)
    if as_json:
        click.echo(json.dumps(told))
    else:
        for problem in told:
            click.secho(f"{problem['dataset_id']}: {problem['reason']}", fg="red")
        click.echo(f"{len(ids)} datasets verified, {len(told)} problems")
    if told:
        sys.exit(1)


@click.command(short_help="Compact the storage.")
@click.option("--dataset", "datasets", multiple=True, help="Only this one (name or id).")
@readable_errors
def maintain(datasets: tuple[str, ...]) -> None:
    """Compact the storage of every dataset; nothing that can be read changes."""
    backend = get_metastore().backend
    if Capability.MAINTAIN not in backend.capabilities:
        click.echo(f"The {backend.type} backend needs no maintenance")
        return
    ids = [metastore_id(_dataset_id(name)) for name in datasets] or list(stored_ids())
    failures = [reason for reason in each(ids, _maintained, label="Compacting") if reason]
    for reason in failures:
        click.secho(reason, fg="red")
    click.echo(f"{len(ids) - len(failures)} datasets compacted, {len(failures)} failed")
    if failures:
        sys.exit(1)


def _maintained(dataset_id: str) -> str:
    try:
        get_metastore().backend.maintain(dataset_id)
    except MetastoreError as error:
        return str(error)
    return ""


def _dataset_id(name_or_id: str) -> str:
    """Return the id of a dataset; ids of purged datasets are taken as they are."""
    package = model.Package.get(name_or_id)
    if package is not None:
        return str(package.id)
    if name_or_id in syncing.dataset_ids():
        return name_or_id
    raise tk.ObjectNotFound(f"There is no dataset {name_or_id!r}")


def _report(results: list[Synced], as_json: bool) -> None:
    if as_json:
        rows = [
            {
                "dataset_id": r.dataset_id,
                "outcome": r.outcome.value,
                "reason": r.reason,
                "files": r.files,
                "bytes": r.size,
            }
            for r in results
        ]
        click.echo(json.dumps(rows, indent=2))
        return
    for result in results:
        if result.outcome is Outcome.FAILED:
            click.secho(f"{result.dataset_id}: {result.reason}", fg="red")
        elif result.outcome in CHANGED:
            click.echo(f"{result.dataset_id}: {result.outcome.value}")
    counts = Counter(result.outcome.value for result in results)
    click.echo(", ".join(f"{number} {name}" for name, number in counts.items()) or "Nothing to do")
    files, size = sum(r.files for r in results), sum(r.size for r in results)
    if files:
        click.echo(f"Uploaded files that were not kept before: {files}, of {size:,} bytes in all")


def _print_status(result: dict[str, Any]) -> None:
    click.echo(f"Backend: {result['backend']} ({', '.join(result['capabilities'])})")
    if not result["available"]:
        click.secho(f"  {result['error']}", fg="red")
    click.echo(f"Changes go to it {result['drain']}; {result['pending']} wait")
    for row in result["failing"]:
        click.secho(
            f"  {row['dataset_id']}: {row['attempts']} attempts since {row['since']}: "
            f"{row['error']}",
            fg="red",
        )
    for row in result["capture_failures"]:
        click.secho(f"  {row['dataset_id']}: not captured: {row['error']}", fg="red")
    for row in result["rescued"]:
        click.echo(
            f"  {row['path']}: {row['size']:,} bytes of resource {row['resource_id']}, replaced "
            f"{row['replaced_at']}; perhaps never recorded. Remove it once you have looked."
        )
