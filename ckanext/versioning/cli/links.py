"""The command that keeps the files behind links."""

from __future__ import annotations

import json
from collections import Counter

import ckan.plugins.toolkit as tk
import click
from ckan import model

from .. import config
from ..recording.links import Captured, Outcome, capture_links
from ..recording.sync import dataset_ids
from .common import each, json_option, readable_errors


@click.command("capture-links", short_help="Fetch the files behind links and keep what is new.")
@click.argument("datasets", nargs=-1, metavar="[DATASET]...")
@json_option
@readable_errors
def links(datasets: tuple[str, ...], as_json: bool) -> None:
    """Fetch what the links of DATASETs (names or ids; by default of all) lead to today.

    Files that have not changed are not sent again, where the server knows how. New bytes make a
    new revision. Links that are dead are told, and are no failure of this command.
    """
    if not config.capture_links():
        raise click.ClickException("Set ckanext.versioning.capture_links = true first")
    ids = [_dataset_id(name) for name in datasets] or list(dataset_ids())
    found = each(ids, capture_links, label="Fetching", quiet=as_json)
    captured = [item for several in found for item in several]
    if as_json:
        click.echo(json.dumps([_told(item) for item in captured], indent=2))
    else:
        _report(captured)


def _dataset_id(name: str) -> str:
    package = model.Package.get(name)
    if package is None:
        raise tk.ObjectNotFound(f"There is no dataset {name!r}")
    return str(package.id)


def _told(item: Captured) -> dict[str, str]:
    return {
        "resource_id": item.link.resource_id,
        "url": item.link.address,
        "outcome": item.outcome.value,
        "reason": item.reason,
    }


def _report(captured: list[Captured]) -> None:
    for item in captured:
        if item.outcome is Outcome.FAILED:
            click.secho(f"{item.link.address}: {item.reason}", fg="yellow")
    counts = Counter(item.outcome.value for item in captured)
    click.echo(", ".join(f"{number} {name}" for name, number in counts.items()) or "No links")
