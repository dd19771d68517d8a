"""The files of a revision: one by one, or all in an archive with their description."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from flask import Response

from ..files.archive import archive as make_archive
from ..files.storage import get_blob_store
from ..logic.errors import ckan_errors
from ..metastore import Snapshot
from .blueprint import versioning
from .errors import Page, error_page
from .frame import revision_at
from .sending import attach, send_blob


class FileNotKept(Exception):
    """The file was over a limit of the portal's: only its hash and size are known."""


@versioning.route("/dataset/<id>/revision/<path:ref>/resource/<resource_id>/download/<filename>")
def download(id: str, ref: str, resource_id: str, filename: str) -> Any:
    """Send the file that a resource had, whatever name the address gives it."""
    resource = tk.get_action("resource_show_revision")(
        {}, {"id": resource_id, "dataset": id, "revision_ref": ref}
    )
    file = resource.get("versioning_file")
    if file is None:
        raise tk.ObjectNotFound(tk._("Of this resource no file was kept at that time"))
    if not file["kept"]:
        raise FileNotKept(file["size"])
    with ckan_errors(id):
        sha256 = file["hash"].partition(":")[2]
        return send_blob(get_blob_store(), sha256, file["size"], file["name"])


@versioning.route("/dataset/<id>/revision/<path:ref>/archive.zip")
def archive(id: str, ref: str) -> Response:
    """Send a data package with all files that the dataset had."""
    revision = revision_at(id, ref)
    snapshot = Snapshot(revision["datapackage"])
    with ckan_errors(id):
        content = make_archive(snapshot, get_blob_store())
    response = Response(content_type="application/zip", direct_passthrough=True)
    name = str(snapshot.datapackage.get("name") or "dataset")
    attach(response, f"{name}-{revision['id'][:8]}.zip")
    response.content_length = len(content)
    # what is missing from the store today may be back tomorrow
    response.set_etag(f"{revision['id']}-{len(content)}")
    response.make_conditional(tk.request.environ)
    if response.status_code == 200 and tk.request.method == "GET":
        response.response = content
    return response


@versioning.errorhandler(FileNotKept)
def not_kept(error: FileNotKept) -> Page:
    """The file is gone for good, which is more than not found."""
    size = tk.h.localised_filesize(error.args[0])
    message = tk._(
        "This file ({size}) was larger than this portal keeps. Its size and hash are known, its "
        "content is not."
    )
    return error_page(410, tk._("This file was not kept"), [message.format(size=size)])
