"""Errors of actions as pages: a status code, and what is wrong in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ckan.plugins.toolkit as tk
from werkzeug.wrappers import Response

from ..logic.errors import HistoryUnavailable, TooLargeAsText
from .blueprint import versioning

Page = tuple[str, int]


@versioning.errorhandler(tk.ObjectNotFound)
def not_found(error: tk.ObjectNotFound) -> Page:
    """There is no such dataset, revision, version or resource, or the visitor may not know."""
    return error_page(404, tk._("Not found"), [_words(error)])


@versioning.errorhandler(tk.NotAuthorized)
def not_authorized(error: tk.NotAuthorized) -> Page | Response:
    """As CKAN does it for datasets: hidden ones do not exist, unless the portal reveals them."""
    if _sees_dataset():
        return error_page(403, tk._("Not allowed"), [_words(error)])
    if not tk.config["ckan.auth.reveal_private_datasets"]:
        missing = tk._("Dataset not found or you have no permission to view it")
        return error_page(404, tk._("Not found"), [missing])
    if tk.current_user.is_anonymous:
        return tk.redirect_to("user.login", came_from=tk.request.full_path)
    return error_page(
        403, tk._("Not allowed"), [tk._("You have no permission to view this dataset")]
    )


@versioning.errorhandler(HistoryUnavailable)
def unavailable(error: HistoryUnavailable) -> Page:
    """The storage is away; nothing is wrong with the address."""
    return error_page(503, tk._("The history is not available now"), messages_of(error))


@versioning.errorhandler(TooLargeAsText)
def too_large(error: TooLargeAsText) -> Page:
    """Nothing is wrong with the address; the comparison is there in another form."""
    message = tk._("The page of the comparison and the JSON Patch there have all changes.")
    return error_page(400, tk._("These versions are too large to be compared as text"), [message])


@versioning.errorhandler(tk.ValidationError)
def invalid(error: tk.ValidationError) -> Page:
    """An address that can't be meant, such as an ambiguous reference."""
    return error_page(400, tk._("This address can't be understood"), messages_of(error))


def error_page(code: int, title: str, messages: Iterable[str]) -> Page:
    """Return a page that says what is wrong, and its status code."""
    variables = {
        "code": code,
        "title": title,
        "messages": list(messages),
        "dataset": _dataset() if _sees_dataset() else None,
        "show_login_redirect_link": code == 403 and tk.current_user.is_anonymous,
    }
    return tk.render("versioning/error.html", variables), code


def _sees_dataset() -> bool:
    dataset = _dataset()
    if dataset is None:
        return False
    try:
        tk.check_access("package_show", {}, {"id": dataset})
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return False
    return True


def _dataset() -> str | None:
    return (tk.request.view_args or {}).get("id")


def _words(error: Any) -> str:
    return str(getattr(error, "message", None) or error)


def messages_of(error: tk.ValidationError) -> list[str]:
    """Return what is wrong, without the parameters that it is about."""
    return [
        str(message)
        for messages in error.error_dict.values()
        for message in (messages if isinstance(messages, list) else [messages])
    ]
