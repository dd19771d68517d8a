"""What all commands share: who acts, how errors are told, the --json option."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any, ParamSpec, TypeVar

import ckan.plugins.toolkit as tk
import click
from ckan import model
from ckan.types import Context

from ..files.errors import BlobError
from ..metastore import MetastoreError
from ..recording.errors import RecordingError

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
user_option = click.option("--user", help="Act as this user; by default as the site user.")


def as_operator(user: str | None = None) -> Context:
    """Return the context of somebody who may run commands on the server: all is allowed."""
    if user is None:
        user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    elif model.User.get(user) is None:
        raise click.BadParameter(f"there is no user {user!r}", param_hint="--user")
    return {"user": user, "ignore_auth": True}


def readable_errors(command: Callable[P, R]) -> Callable[P, R]:
    """Tell what CKAN and the metastore refuse in one line, with exit code 1."""

    @functools.wraps(command)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except tk.ValidationError as error:
            raise click.ClickException(_told(error.error_dict)) from error
        except tk.ObjectNotFound as error:
            raise click.ClickException(str(error) or "Not found") from error
        except (MetastoreError, RecordingError, BlobError) as error:
            raise click.ClickException(str(error)) from error

    return wrapper


def each(
    ids: Iterable[str], work: Callable[[str], T], *, label: str, quiet: bool = False
) -> list[T]:
    """Do the work for each id, with a progress bar where somebody watches."""
    ids = list(ids)
    if quiet:
        return [work(id_) for id_ in ids]
    with click.progressbar(ids, label=label, show_pos=True) as bar:
        return [work(id_) for id_ in bar]


def _told(errors: dict[str, Any]) -> str:
    return "; ".join(
        f"{key}: {', '.join(map(str, value)) if isinstance(value, list) else value}"
        for key, value in errors.items()
    )
