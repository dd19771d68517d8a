"""Validation at the door: dataset ids, tag names and file paths that any storage can hold.

The rules are the strictest of git's, of POSIX's and of Windows' file names, so that a store can be
copied to any machine. Dataset ids are lower-case only: two ids that differ in case alone would
become one on a file system that ignores case.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from .errors import InvalidName

MAX_DATASET_ID = 100
MAX_TAG = 128
# A loose reference is a file, and is written beside itself with ".lock" added.
MAX_COMPONENT_BYTES = 255 - len(".lock")
MAX_PATH_BYTES = 1024

_DATASET_ID = re.compile(r"[a-z0-9][a-z0-9._-]*")
_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", "conin$", "conout$", "clock$"]
    + [f"{port}{n}" for port in ("com", "lpt") for n in "0123456789¹²³"]
)
_REVISION_LIKE = re.compile(r"[0-9a-f]{7,64}", re.IGNORECASE)
_NOT_IN_GIT_REFS = frozenset(" ~^:?*[\\")
_NOT_ON_WINDOWS = frozenset('<>:"|?*\\')
# They make a name read differently from how it is stored.
_BIDI_CONTROLS = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)


def check_dataset_id(dataset_id: object) -> str:
    """Return the dataset id if every backend can store it.

    :param dataset_id: 1 to 100 of ``a-z 0-9 . _ -``, the first a letter or digit.
    :raises InvalidName: if it is not.
    """
    text = _text("dataset id", dataset_id)
    if len(text) > MAX_DATASET_ID:
        raise InvalidName("dataset id", text, f"longer than {MAX_DATASET_ID} characters")
    if not _DATASET_ID.fullmatch(text):
        raise InvalidName(
            "dataset id",
            text,
            "only lower-case letters a-z, digits, '.', '_' and '-' are allowed, "
            "and it must start with a letter or digit",
        )
    if ".." in text:
        raise InvalidName("dataset id", text, "contains '..'")
    if text.endswith((".", ".git", ".lock")):
        raise InvalidName("dataset id", text, "ends with '.', '.git' or '.lock'")
    if text.partition(".")[0] in _DEVICES:
        raise InvalidName("dataset id", text, "is the name of a device on Windows")
    return text


def check_tag(name: object) -> str:
    """Return the name if a tag may be created under it.

    :param name: the tag's name.
    :raises InvalidName: if it is no safe git reference name, could be taken for another kind of
        revision reference, or could not be part of a URL or a file name everywhere.
    """
    text = check_tag_lookup(name)
    if "/" in text:
        raise InvalidName("tag", text, "contains '/'")
    if len(text) > MAX_TAG:
        raise InvalidName("tag", text, f"longer than {MAX_TAG} characters")
    if text.lower() == "head":
        raise InvalidName("tag", text, "'head' means the newest revision")
    if _REVISION_LIKE.fullmatch(text):
        raise InvalidName("tag", text, "looks like the id of a revision")
    if not unicodedata.is_normalized("NFC", text):
        raise InvalidName("tag", text, "is not in Unicode's composed form (NFC)")
    for character in text:
        if character in _NOT_ON_WINDOWS:
            raise InvalidName("tag", text, f"contains {character!r}")
        if character in _BIDI_CONTROLS or unicodedata.category(character)[0] == "Z":
            raise InvalidName("tag", text, "contains a blank or an invisible character")
    return text


def check_tag_lookup(name: object) -> str:
    """Return the name if a tag of it may be looked for.

    Plain git may have made tags that ``check_tag`` refuses; what git allows can be looked up.

    :param name: the tag's name.
    :raises InvalidName: if git itself would refuse it, or it is unsafe as a file name.
    """
    text = _text("tag", name)
    if text.startswith("-"):
        raise InvalidName("tag", text, "starts with '-'")
    if text == "@" or "@{" in text:
        raise InvalidName("tag", text, "'@' alone and '@{' have a meaning of their own in git")
    if ".." in text:
        raise InvalidName("tag", text, "contains '..'")
    for character in text:
        if character in _NOT_IN_GIT_REFS:
            raise InvalidName("tag", text, f"contains {character!r}")
    for component in text.split("/"):
        _check_component("tag", text, component)
        if component.lower().endswith(".lock"):
            raise InvalidName("tag", text, "a part ends with '.lock'")
    if len(text.encode()) > MAX_PATH_BYTES:
        raise InvalidName("tag", text, f"longer than {MAX_PATH_BYTES} bytes")
    return text


def check_path(path: object) -> str:
    """Return the path if a file of a revision may be stored under it.

    :param path: relative, ``/`` between its parts.
    :raises InvalidName: if it is not relative, climbs, or can't be checked out everywhere.
    """
    return _check_path(_text("file path", path))


@lru_cache(maxsize=4096)  # the next revision of a dataset has mostly the same ones
def _check_path(text: str) -> str:
    if len(text.encode()) > MAX_PATH_BYTES:
        raise InvalidName("file path", text, f"longer than {MAX_PATH_BYTES} bytes")
    for component in text.split("/"):
        if component in (".", ".."):
            raise InvalidName("file path", text, "contains '.' or '..'")
        if component.lower() in (".git", "git~1"):
            raise InvalidName("file path", text, "contains '.git'")
        for character in component:
            if character in _NOT_ON_WINDOWS:
                raise InvalidName("file path", text, f"contains {character!r}")
        # A leading dot is fine here: .gitattributes is an honest file.
        _check_component("file path", text, component.removeprefix("."))
    return text


def check_tree(paths: Iterable[object]) -> None:
    """Check the paths of one whole tree.

    :param paths: of all files in it.
    :raises InvalidName: if one is invalid, or is a file and a folder at once.
    """
    checked = {check_path(path) for path in paths}
    for path in checked:
        folder = path
        while "/" in folder:
            folder = folder.rpartition("/")[0]
            if folder in checked:
                raise InvalidName("file path", path, f"{folder!r} is a file")


def _text(kind: str, value: object) -> str:
    if not isinstance(value, str):
        raise InvalidName(kind, repr(value), "is not text")
    if not value:
        raise InvalidName(kind, value, "is empty")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidName(kind, value, "is not valid Unicode") from None
    return value


def _check_component(kind: str, whole: str, component: str) -> None:
    if not component:
        raise InvalidName(kind, whole, "has an empty part")
    if any(unicodedata.category(c) == "Cc" for c in component):
        raise InvalidName(kind, whole, "contains a control character")
    if component[0] == "." or component[-1] in ". " or component[0] == " ":
        raise InvalidName(kind, whole, "a part starts with a dot or blank, or ends with one")
    if component.split(".")[0].rstrip(" ").lower() in _DEVICES:
        raise InvalidName(kind, whole, "a part is the name of a device on Windows")
    if len(component.encode()) > MAX_COMPONENT_BYTES:
        raise InvalidName(kind, whole, f"a part is longer than {MAX_COMPONENT_BYTES} bytes")
