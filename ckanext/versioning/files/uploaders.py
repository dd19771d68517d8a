"""CKAN's uploaders: how to ask for the live file of a resource."""

from __future__ import annotations

from typing import Any

from ckan.lib import uploader as ckan_uploader

from . import live
from .live import LiveFile

# What uploaders look at; without the upload itself, which they would take out of the dict.
_READ = ("id", "package_id", "name", "url", "url_type", "last_modified")


def live_file(resource: dict[str, Any]) -> LiveFile | None:
    """Return the live file of a resource; None if its uploader is of no known kind.

    :param resource: its dict; with ``id`` alone, the signature means nothing.
    """
    plain = {key: resource[key] for key in _READ if key in resource}
    return live.find(ckan_uploader.get_resource_uploader(plain), resource)
