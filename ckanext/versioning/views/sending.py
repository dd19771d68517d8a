"""Kept files as answers: in parts, again only if they changed, and never as a page of the portal.

Who uploads a file decides about its bytes. So it is always sent as an attachment, of a type that
browsers run nothing of, and in a sandbox in case one opens it all the same.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator
from typing import Any, BinaryIO
from urllib.parse import quote

import ckan.plugins.toolkit as tk
from flask import Response, current_app
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.http import parse_range_header

from ..files.blobs import BlobStore

CHUNK = 1 << 18
SIGNED_SECONDS = 300  # until the download starts, not until it ends

OPAQUE = "application/octet-stream"
HARMLESS = {
    "application/geo+json",
    "application/gzip",
    "application/json",
    "application/msword",
    "application/pdf",
    "application/vnd.ms-excel",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.oasis.opendocument.text",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/x-tar",
    "application/zip",
    "image/gif",
    "image/jpeg",
    "image/png",
    "image/tiff",
    "image/webp",
    "text/csv",
    "text/plain",
    "text/tab-separated-values",
}


def send_blob(store: BlobStore, sha256: str, size: int, name: str) -> Any:
    """Return the answer to a request for a kept file.

    :param store: where it is.
    :param sha256: the hash of its bytes.
    :param size: how many they are.
    :param name: what to call it.
    :raises BlobError: if it can't be read.
    """
    response = Response(content_type=harmless_type(name), direct_passthrough=True)
    attach(response, name)
    response.set_etag(sha256)
    response.content_length = size
    try:
        response.make_conditional(_environ(), accept_ranges=True, complete_length=size)
    except RequestedRangeNotSatisfiable as error:  # CKAN's page would not say the size
        return error.get_response()
    if response.status_code == 304:
        return response
    if tk.request.method == "HEAD":
        _check(store, sha256, size)
        return response
    local = store.local_path(sha256)
    if local is not None and tk.asbool(current_app.config["USE_X_SENDFILE"]):
        return _handed_over(response, str(local))
    url = store.signed_url(
        sha256, filename=name, content_type=harmless_type(name), seconds=SIGNED_SECONDS
    )
    if url is not None:
        return _redirect(url)
    start, length = _part(response, size)
    response.response = _chunks(store.open(sha256, start, size=size), length)
    return response


def attach(response: Response, name: str) -> None:
    """Let browsers save the answer, whatever it is, instead of opening it.

    :param response: the answer.
    :param name: what to call the file.
    """
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    names = {"filename": plain}
    if plain != name:
        names["filename*"] = f"UTF-8''{quote(name, safe='')}"
    response.headers.set("Content-Disposition", "attachment", **names)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"


def harmless_type(name: str) -> str:
    """Return the media type to send a file as."""
    guessed, encoding = mimetypes.guess_type(name)
    return guessed if guessed in HARMLESS and encoding is None else OPAQUE


def _environ() -> dict[str, Any]:
    """Return the request without a range that asks for several parts, or for nothing known."""
    environ = dict(tk.request.environ)
    wanted = parse_range_header(environ.get("HTTP_RANGE"))
    if wanted is None or wanted.units != "bytes" or len(wanted.ranges) != 1:
        environ.pop("HTTP_RANGE", None)
    return environ


def _check(store: BlobStore, sha256: str, size: int) -> None:
    store.open(sha256, size=size).close()


def _handed_over(response: Response, path: str) -> Response:
    """Let the web server in front send the file: it knows about parts itself."""
    response.status_code = 200
    for header in ("Content-Length", "Content-Range"):
        response.headers.pop(header, None)
    response.response = []
    response.headers["X-Sendfile"] = path
    return response


def _redirect(url: str) -> Any:
    response = tk.redirect_to(url)
    response.headers["Cache-Control"] = "private, no-store"
    tk.request.environ["__no_cache__"] = True
    return response


def _part(response: Response, size: int) -> tuple[int, int]:
    wanted = response.content_range
    if response.status_code != 206 or wanted.start is None or wanted.stop is None:
        return 0, size
    return wanted.start, wanted.stop - wanted.start


def _chunks(file: BinaryIO, length: int) -> Iterator[bytes]:
    with file:
        while length > 0:
            chunk = file.read(min(CHUNK, length))
            length -= len(chunk)
            yield chunk
