"""Commands about the history of one dataset: log, show, diff, tag, revert."""

from __future__ import annotations

import json
from typing import Any

import ckan.plugins.toolkit as tk
import click

from ..logic.schema import DIFF_TYPES
from .common import as_operator, json_option, readable_errors, user_option


@click.command(short_help="List the revisions of a dataset, newest first.")
@click.argument("dataset")
@click.option("--limit", default=20, show_default=True, help="How many, 1 to 1000.")
@json_option
@readable_errors
def log(dataset: str, limit: int, as_json: bool) -> None:
    """List the revisions of DATASET (name or id), newest first."""
    revisions = tk.get_action("dataset_revision_list")(
        as_operator(), {"dataset": dataset, "limit": limit}
    )
    if as_json:
        _echo_json(revisions)
        return
    for revision in revisions:
        click.echo(_line(revision))


@click.command(short_help="Show a dataset as it was.")
@click.argument("dataset")
@click.argument("ref", default="head")
@json_option
@readable_errors
def show(dataset: str, ref: str, as_json: bool) -> None:
    """Show DATASET at REF: a revision id, a tag, head~N, or a time such as 2026-01-31."""
    revision = tk.get_action("dataset_revision_show")(
        as_operator(), {"dataset": dataset, "revision_ref": ref}
    )
    if not as_json:
        click.echo(_line(revision))
    _echo_json(revision if as_json else revision["dataset"])


@click.command(short_help="Compare two revisions.")
@click.argument("dataset")
@click.argument("a")
@click.argument("b", default="head")
@click.option(
    "--type",
    "diff_type",
    default="unified",
    show_default=True,
    type=click.Choice(DIFF_TYPES),
)
@click.option("--resource", help="Compare the tables of this resource (its id).")
@readable_errors
def diff(dataset: str, a: str, b: str, diff_type: str, resource: str | None) -> None:
    """Print what changed in DATASET from revision A to revision B."""
    result = tk.get_action("dataset_revision_diff")(
        as_operator(),
        {
            "dataset": dataset,
            "revision_ref_1": a,
            "revision_ref_2": b,
            "diff_type": diff_type if resource is None else "tables",
            "resource_id": resource,
        },
    )["diff"]
    if isinstance(result, str):
        click.echo(result, nl=False)
    else:
        _echo_json(result)


@click.command(short_help="Restore an earlier revision.")
@click.argument("dataset")
@click.argument("ref")
@click.option("--message", "-m", default="", help="Why.")
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@click.option("--full", is_flag=True, help="Restore name, organization and visibility too.")
@user_option
@json_option
@readable_errors
def revert(
    dataset: str,
    ref: str,
    message: str,
    dry_run: bool,
    full: bool,
    user: str | None,
    as_json: bool,
) -> None:
    """Give DATASET the content that it had at REF; a new revision is made."""
    result = tk.get_action("dataset_revert")(
        as_operator(user),
        {
            "dataset": dataset,
            "revision_ref": ref,
            "message": message,
            "dry_run": dry_run,
            "full": full,
        },
    )
    if as_json or dry_run:
        _echo_json(result)
        return
    if result["revision"] is None:
        click.echo("Reverted; the revision waits to be recorded, see ckan versioning status")
    else:
        click.echo(_line(result["revision"]))
    if result["left_alone"]:
        click.echo(f"Left alone: {', '.join(result['left_alone'])}")


@click.group(short_help="Name revisions.")
def tag() -> None:
    """Create, list, change and delete tags."""


@tag.command("list")
@click.argument("dataset")
@json_option
@readable_errors
def tag_list(dataset: str, as_json: bool) -> None:
    """List the tags of DATASET."""
    tags = tk.get_action("dataset_tag_list")(as_operator(), {"dataset": dataset})
    if as_json:
        _echo_json(tags)
        return
    for item in tags:
        click.echo(f"{item['name']}  {item['revision_id'][:10]}  {item['description']}")


@tag.command("create")
@click.argument("dataset")
@click.argument("name")
@click.argument("ref", default="head")
@click.option("--description", "-d", default="")
@user_option
@readable_errors
def tag_create(dataset: str, name: str, ref: str, description: str, user: str | None) -> None:
    """Name revision REF of DATASET."""
    created = tk.get_action("dataset_tag_create")(
        as_operator(user),
        {"dataset": dataset, "name": name, "revision_ref": ref, "description": description},
    )
    click.echo(f"{created['name']} is revision {created['revision_id'][:10]}")


@tag.command("update")
@click.argument("dataset")
@click.argument("name")
@click.option("--name", "new_name", help="The new name.")
@click.option("--description", "-d", help="The new description.")
@user_option
@readable_errors
def tag_update(
    dataset: str, name: str, new_name: str | None, description: str | None, user: str | None
) -> None:
    """Give the tag NAME of DATASET another name or description."""
    data: dict[str, Any] = {"dataset": dataset, "tag": name}
    if new_name is not None:
        data["name"] = new_name
    if description is not None:
        data["description"] = description
    updated = tk.get_action("dataset_tag_update")(as_operator(user), data)
    click.echo(f"{updated['name']} is revision {updated['revision_id'][:10]}")


@tag.command("delete")
@click.argument("dataset")
@click.argument("name")
@user_option
@readable_errors
def tag_delete(dataset: str, name: str, user: str | None) -> None:
    """Delete the tag NAME of DATASET; the revision stays."""
    tk.get_action("dataset_tag_delete")(as_operator(user), {"dataset": dataset, "tag": name})
    click.echo(f"{name} is deleted")


def _echo_json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def _line(revision: dict[str, Any]) -> str:
    when = revision["time"][:16].replace("T", " ")
    who = revision["author"]["name"] or "-"
    message = revision["message"].splitlines()[0] if revision["message"] else ""
    tags = "".join(f"  [{name}]" for name in revision.get("tags", ()))
    return f"{revision['id'][:10]}  {when}  {who}  {message}{tags}"
