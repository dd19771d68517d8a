"""How to cite a revision, and how to fetch exactly it."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk

from .links import address, revision_address

_PYTHON = """\
import json
from urllib.request import {imports}

url = {url}
{open}
    dataset = json.load(response)["result"]
"""
_TOKEN = "YOUR-API-TOKEN"


@dataclass(frozen=True, slots=True)
class Citation:
    """Ways to point to a revision.

    :param text: a citation in words, as DataCite recommends it, with the address at the end.
    :param url: the page of the revision, by the ids.
    :param api: the same for programs.
    :param curl: a command that fetches it.
    :param python: a program that fetches it.
    """

    text: str
    url: str
    api: str
    curl: str
    python: str


def cite(dataset: dict[str, Any], revision: dict[str, Any], version: str | None = None) -> Citation:
    """Return how to cite a revision.

    :param dataset: as it was; ``id``, ``title``, ``author``, ``organization`` and ``private``
        count.
    :param revision: its ``id``, ``time`` and ``tags``.
    :param version: the name of the version that is cited; by default the revision's newest, if any.
    """
    version = version or next(iter(revision["tags"]), None)
    id = dataset["id"]
    url = revision_address(id, revision["id"])  # people can give a name to another revision
    api = address("api.action", ver=3, logic_function="package_show_revision")
    api += f"?id={id}&revision_ref={revision['id']}"
    private = bool(dataset.get("private"))
    return Citation(
        text=_text(dataset, revision, version, url),
        url=url,
        api=api,
        curl=_curl(api, private),
        python=_python(api, private),
    )


def _text(dataset: dict[str, Any], revision: dict[str, Any], version: str | None, url: str) -> str:
    portal = tk.config["ckan.site_title"]
    creator = dataset.get("author") or _organization(dataset) or portal
    if version is None:
        named = tk._("State of {date} ({id})").format(
            id=revision["id"][:8], date=revision["time"][:10]
        )
    else:
        named = tk._("Version {name}").format(name=version)
    parts = [
        f"{_one_line(creator)} ({revision['time'][:4]})",
        _one_line(dataset.get("title") or dataset.get("name") or dataset["id"]),
        named,
        _one_line(portal),
        tk._("Dataset"),
    ]
    return ". ".join(part.rstrip(".") for part in parts if part) + f". {url}"


def _organization(dataset: dict[str, Any]) -> str | None:
    organization = dataset.get("organization") or {}
    return organization.get("title") or organization.get("name")


def _one_line(text: Any) -> str:
    return re.sub(r"\s+", " ", str(text)).strip()


def _curl(api: str, private: bool) -> str:
    if private:
        return f"curl -H {shlex.quote(f'Authorization: {_TOKEN}')} {shlex.quote(api)}"
    return f"curl {shlex.quote(api)}"


def _python(api: str, private: bool) -> str:
    if private:
        return _PYTHON.format(
            imports="Request, urlopen",
            url=repr(api),
            open=(
                f'request = Request(url, headers={{"Authorization": "{_TOKEN}"}})\n'
                "with urlopen(request) as response:"
            ),
        )
    return _PYTHON.format(imports="urlopen", url=repr(api), open="with urlopen(url) as response:")
