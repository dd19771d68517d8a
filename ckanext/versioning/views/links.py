"""Where a dataset and its revisions are for good, and Web Linking (RFC 8288) to say so.

Addresses are by the dataset's id, which a rename leaves as it is, and in no language.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import ckan.plugins.toolkit as tk
from werkzeug.http import http_date

Neighbours = dict[str, dict[str, str] | None]


@dataclass(frozen=True, slots=True)
class Link:
    """A link of this page to another.

    :param url: where to.
    :param rel: its relation types, a blank between them.
    :param type: the media type there.
    :param datetime: of a memento: since when the dataset was so, as HTTP writes it.
    :param title: what people may call it.
    """

    url: str
    rel: str
    type: str | None = None
    datetime: str | None = None
    title: str | None = None

    def __str__(self) -> str:
        """Return it as a value of the header ``Link``."""
        parameters = {"type": self.type, "datetime": self.datetime}
        given = [f'; {name}="{value}"' for name, value in parameters.items() if value]
        return f'<{self.url}>; rel="{self.rel}"{"".join(given)}'


def address(endpoint: str, **values: Any) -> str:
    """Return the absolute address of a page, without a language."""
    return str(tk.h.url_for(endpoint, **values, locale="default", _external=True))


def dataset_address(dataset: dict[str, Any]) -> str:
    """Return the address of the dataset as it is today, the one that people see.

    :param dataset: as ``package_show`` returns it.
    """
    return address(f"{dataset.get('type') or 'dataset'}.read", id=dataset["name"])


def revision_address(dataset_id: str, ref: str) -> str:
    """Return the address of a revision.

    :param dataset_id: the dataset's id.
    :param ref: the revision's id, or the name of a version.
    """
    return address("versioning.revision", id=dataset_id, ref=ref)


def memento_datetime(time: str) -> str:
    """Return a time of the action API as HTTP writes it, to the second.

    :param time: in ISO 8601.
    """
    moment = datetime.fromisoformat(time.replace("Z", "+00:00"))
    return http_date(moment.astimezone(timezone.utc).replace(microsecond=0))


def dataset_links(dataset: dict[str, Any]) -> list[Link]:
    """Return where the history of a dataset is, for any page about it.

    :param dataset: as ``package_show`` returns it.
    """
    id = dataset["id"]
    return [
        Link(address("versioning.history", id=id), "version-history"),
        Link(address("versioning.timegate", id=id), "timegate"),
        Link(address("versioning.timemap", id=id), "timemap", type="application/link-format"),
        Link(
            address("versioning.feed", id=id),
            "alternate",
            type="application/atom+xml",
            title=tk._("History"),
        ),
    ]


def revision_links(dataset: dict[str, Any], neighbours: Neighbours) -> list[Link]:
    """Return where a revision belongs to and what is before and after it.

    :param dataset: of today, as ``package_show`` returns it.
    :param neighbours: as ``dataset_revision_neighbours`` returns them.
    """
    today = dataset_address(dataset)
    found = [Link(today, "original latest-version"), *dataset_links(dataset)]
    for name, rel in (("previous", "predecessor-version"), ("next", "successor-version")):
        item = neighbours[name]
        if item is not None:
            found.append(Link(revision_address(dataset["id"], item["id"]), rel))
    return found + memento_links(dataset, neighbours)


def memento_links(dataset: dict[str, Any], neighbours: Neighbours) -> list[Link]:
    """Return a revision and its neighbours in the words of Memento (RFC 7089)."""
    rels: dict[str, list[str]] = {}
    times: dict[str, str] = {}
    words = {"first": "first", "previous": "prev", "revision": "", "next": "next", "last": "last"}
    for name, word in words.items():
        item = neighbours[name]
        if item is not None:
            rels.setdefault(item["id"], []).append(word)
            times[item["id"]] = memento_datetime(item["time"])
    return [
        Link(
            revision_address(dataset["id"], id),
            " ".join(filter(None, [*found, "memento"])),
            datetime=times[id],
        )
        for id, found in rels.items()
    ]


def header(links: list[Link]) -> str:
    """Return the value of the header ``Link``."""
    return ", ".join(map(str, links))
