"""Who is changing datasets right now, and why, in their own words.

A context variable holds it while a write action runs. The outermost action wins: when
``resource_create`` calls ``package_update``, the change is still the creation of a resource.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import cast

import ckan.plugins.toolkit as tk
from ckan import model
from flask import has_request_context
from werkzeug.local import LocalProxy

from .. import config
from ..metastore import Author


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changes a dataset, and what is said of the change.

    :param user: a user's name or id; empty if unknown.
    :param message: why; empty lets the change be described from what it did.
    :param action: the revision's action where it can't be told from the states; else None.
    :param reverted_to: the id of the revision that is being restored, if any.
    """

    user: str = ""
    message: str = ""
    action: str | None = None
    reverted_to: str | None = None

    def author(self) -> Author:
        """Return the user's id and display name; nothing of who is no user.

        CKAN may give an anonymous caller's address as the user; that must not be stored.
        """
        user = _web_user()
        if user is None or user.name != self.user:
            user = model.User.get(self.user) if self.user else None
        if user is None:
            return Author()
        email = user.email if config.author_email() else None
        return Author(id=user.id, name=user.display_name, email=email or None)


_acting: ContextVar[Actor | None] = ContextVar("versioning_actor", default=None)


def current() -> Actor:
    """Return who acts now: the outermost write action's user, else the web user, else nobody."""
    actor = _acting.get()
    if actor is not None:
        return actor
    user = _web_user()
    return Actor(user=user.name if user is not None else "")


@contextmanager
def acting(actor: Actor) -> Iterator[None]:
    """Make ``actor`` the current one, unless an outer action has named one already."""
    if _acting.get() is not None:
        yield
        return
    token = _acting.set(actor)
    try:
        yield
    finally:
        _acting.reset(token)


def _web_user() -> model.User | None:
    if not has_request_context() or tk.current_user.is_anonymous:
        return None
    return cast("LocalProxy[model.User]", tk.current_user)._get_current_object()
