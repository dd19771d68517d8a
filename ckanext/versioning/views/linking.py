"""The header ``Link`` of pages about a dataset; their templates have the same as ``<link>``."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from flask import Response, make_response

from .blueprint import versioning
from .links import (
    Link,
    Neighbours,
    dataset_links,
    header,
    memento_datetime,
    revision_address,
    revision_links,
)
from .overview import has_history


@versioning.after_app_request
def link_dataset_page(response: Response) -> Response:
    """Tell of the history on the dataset's own page, which is CKAN's."""
    package_type = (tk.request.view_args or {}).get("package_type")
    is_read = response.status_code == 200 and tk.request.endpoint == f"{package_type}.read"
    if is_read and has_history(tk.g.pkg_dict):
        response.headers.add("Link", header(dataset_links(tk.g.pkg_dict)))
    return response


def linked(page: str, links: list[Link]) -> Response:
    """Return a page with its links as a header.

    :param page: the page's HTML.
    :param links: where it links to.
    """
    response: Response = make_response(page)
    response.headers.add("Link", header(links))
    return response


def related(dataset: dict[str, Any], ref: str) -> tuple[list[Link], Neighbours]:
    """Return where the page of a revision links to, and what is before and after it.

    :param dataset: of today, as ``package_show`` returns it.
    :param ref: the revision reference of the page's address.
    """
    neighbours = tk.get_action("dataset_revision_neighbours")(
        {}, {"dataset": dataset["id"], "revision_ref": ref}
    )
    return revision_links(dataset, neighbours), neighbours


def memento(
    page: str, ref: str, links: list[Link], dataset: dict[str, Any], revision: dict[str, Any]
) -> Response:
    """Return the page of a revision, as a memento (RFC 7089) if its address is by the id.

    :param page: the page's HTML.
    :param ref: the revision reference of its address.
    :param links: where it links to.
    :param dataset: of today.
    :param revision: as the action API tells it.
    """
    response = linked(page, links)
    if ref == revision["id"]:
        response.headers["Memento-Datetime"] = memento_datetime(revision["time"])
    else:  # people can give the name of a version to another one; a memento never changes
        response.headers["Content-Location"] = revision_address(dataset["id"], revision["id"])
    return response
