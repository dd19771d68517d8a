"""Fetch a file of the web, within limits, and only if it has changed."""

from __future__ import annotations

import hashlib
import http.client
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urljoin

import urllib3
from urllib3.exceptions import HTTPError, LocationParseError
from urllib3.util import Url, parse_url
from werkzeug.http import parse_options_header

from .addresses import Gate, pool
from .errors import LinkError

CHUNK = 1 << 16
MOST_REDIRECTS = 5
SILENCE = 20  # seconds that a server may be silent
REDIRECTS = (301, 302, 303, 307, 308)
READABLE = ("", "identity", "gzip", "x-gzip", "deflate")  # content encodings


@dataclass(frozen=True, slots=True)
class Limits:
    """What a fetch may take, and where it may go.

    :param size: bytes of the file.
    :param seconds: of everything.
    :param allowed_hosts: the names or addresses of hosts that need not be public.
    """

    size: int
    seconds: float
    allowed_hosts: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server said of the version that it sent; asks it for newer ones only."""

    etag: str | None = None
    last_modified: str | None = None

    def headers(self) -> dict[str, str]:
        """Return what makes a request conditional."""
        headers = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in headers.items() if value}


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that was fetched."""

    name: str
    sha256: str
    size: int
    validators: Validators


def fetch(
    url: str, target: Path, limits: Limits, known: Validators = Validators()
) -> Fetched | None:
    """Fetch a file; None if it has not changed.

    :param url: where it is.
    :param target: the file to write.
    :param limits: what that may take.
    :param known: of the version that is here already.
    :raises LinkError: if it can't be fetched.
    """
    gate = Gate(limits.allowed_hosts, limits.seconds)
    try:
        with gate, _response(url, gate, limits, known) as response:
            if response.status == 304 and known.headers():
                return None
            if response.status != 200:
                raise LinkError(f"the server answers {response.status}")
            sha256, size = _save(response, target, limits.size)
            name = _name(response.headers) or _last_part(url)
            validators = Validators(
                etag=_printable(response.headers.get("ETag", "")) or None,
                last_modified=_printable(response.headers.get("Last-Modified", "")) or None,
            )
    except (HTTPError, http.client.HTTPException, OSError, UnicodeError) as error:
        if gate.shut:
            raise LinkError(f"it takes more than {limits.seconds} seconds") from error
        raise LinkError(_explained(error)) from error
    if gate.shut:  # a body without a length ends wherever it is cut
        raise LinkError(f"it takes more than {limits.seconds} seconds")
    return Fetched(name, sha256, size, validators)


@contextmanager
def _response(
    url: str, gate: Gate, limits: Limits, known: Validators
) -> Iterator[urllib3.BaseHTTPResponse]:
    """Follow redirects to an answer; each step goes through the gate."""
    headers = {
        "User-Agent": "ckanext-versioning",
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        **known.headers(),
    }
    # the gate ends what is connected, but not an attempt to connect
    timeout = urllib3.Timeout(connect=min(SILENCE, limits.seconds), read=SILENCE)
    for _ in range(MOST_REDIRECTS + 1):
        parsed = _parsed(url)
        with closing(pool(parsed, gate, timeout)) as connections:
            response = connections.urlopen(
                "GET",
                parsed.request_uri,
                headers=headers,
                redirect=False,
                preload_content=False,
                assert_same_host=False,
            )
            with closing(response):
                location = response.headers.get("Location")
                if response.status not in REDIRECTS or not location:
                    yield response
                    return
                url = _joined(parsed.url, location)
    raise LinkError(f"it is redirected more than {MOST_REDIRECTS} times")


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise LinkError("it is redirected to no address") from error


def _parsed(url: str) -> Url:
    try:
        return parse_url(url)
    except LocationParseError as error:
        raise LinkError(f"{url} is no address") from error


def _save(response: urllib3.BaseHTTPResponse, target: Path, limit: int) -> tuple[str, int]:
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in READABLE:
        raise LinkError(f"it is sent in the encoding {_printable(encoding)}, unasked")
    announced = response.headers.get("Content-Length", "")
    if announced.isdigit() and int(announced) > limit:
        raise LinkError(f"it has {announced} bytes, more than {limit}")
    digest, size = hashlib.sha256(), 0
    with target.open("wb") as file:
        for chunk in response.stream(CHUNK, decode_content=True):
            size += len(chunk)
            if size > limit:
                raise LinkError(f"it has more than {limit} bytes")
            digest.update(chunk)
            file.write(chunk)
    return digest.hexdigest(), size


def _name(headers: Mapping[str, str]) -> str:
    """Return the name that the server gives the file, if it gives one."""
    _, options = parse_options_header(headers.get("Content-Disposition"))
    return _printable(options.get("filename", "").replace("\\", "/").rpartition("/")[2])


def _last_part(url: str) -> str:
    return _printable(unquote((_parsed(url).path or "").rstrip("/").rpartition("/")[2])) or "file"


def _printable(text: str) -> str:
    """Return what strangers send without what no database takes."""
    return "".join(filter(str.isprintable, text))


def _explained(error: Exception) -> str:
    text = str(error) or type(error).__name__
    return _printable(text.rpartition("object at 0x")[2].partition(">: ")[2] or text)
