"""Paths and URLs that a data package may hold.

Data Package v1, https://specs.frictionlessdata.io/data-resource/#url-or-path: a fully qualified URL
or a relative POSIX path; absolute paths and ``..`` are forbidden. The published JSON Schema forbids
two dots in a row anywhere, and the ``frictionless`` library what a shell would expand.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import quote

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://([^/?#\\\s]+)(.*)", re.DOTALL)
_SCHEME = re.compile(r"[^/?#]*:")
_HOST_FIRST = re.compile(r"//|www\.|[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}/")
_IPV6 = re.compile(r"(?:[^@\[\]]*@)?\[([^\[\]]*)\](?::\d*)?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
#: RFC 3986, 2.2 and 2.3, without the brackets, and the percent sign of what is encoded already.
_URL_SAFE = "!#$&'()*+,/:;=?@%-._~"


def url(text: str) -> str | None:
    """The text as an absolute URL.

    :param text: what stands in the field.
    :returns: the URL by the rules of RFC 3986: blanks around it dropped, characters it may not hold
        percent-encoded; None if it is no URL or one of a local file.
    """
    match = _URL.fullmatch(text.strip())
    if match is None or match[1].lower() == "file":
        return None
    scheme, authority, rest = match[1].lower(), match[2], match[3]
    if "[" in authority or "]" in authority:
        if not _is_ipv6(authority):
            return None
    else:
        authority = _encode(authority)
    # A dot and its code are equivalent (RFC 3986, 2.3); so are, in practice, a dollar and its code.
    joined = f"{scheme}://{authority}{_encode(rest)}".replace("..", ".%2E")
    return re.sub(r"\$(?=[\w{])", "%24", joined)


def path(text: str, *, is_file: bool = False) -> str | None:
    """The text as the path of a resource.

    :param text: what stands in the field.
    :param is_file: whether it is known to be the name of a file, as of an upload.
    :returns: a URL or a safe relative path; None if the text is neither, nor can be made one
        without guessing.
    """
    text = text.strip()
    if is_file and not _URL.fullmatch(text):
        return relative(text)
    if _SCHEME.match(text):
        return url(text)
    if _HOST_FIRST.match(text):
        return url("http://" + text.lstrip("/"))
    return None if re.search(r"\s", text) else relative(text)


def relative(text: str) -> str | None:
    """The text as a relative path that cannot leave its folder.

    :param text: a path or a file name.
    :returns: the path; None if nothing is left of it.
    """
    text = _CONTROL.sub(" ", text.replace("\\", "/"))
    parts = [part.strip() for part in text.split("/")]
    text = "/".join(part for part in parts if part.strip("."))
    text = re.sub(r"\.{2,}", ".", text)
    text = re.sub(r"[$%:]", "_", text)
    # The mapper would parse a path that starts like JSON.
    return text.lstrip("./~ [{") or None


def _encode(text: str) -> str:
    return quote(re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", text), safe=_URL_SAFE)


def _is_ipv6(authority: str) -> bool:
    match = _IPV6.fullmatch(authority)
    if match is None or not authority.isascii() or "%" in authority:
        return False
    try:
        ipaddress.IPv6Address(match[1])
    except ValueError:
        return False
    return True
