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
        raise InvalidName("dataset id", text, "too_long", limit=MAX_DATASET_ID)
    if not _DATASET_ID.fullmatch(text):
        raise InvalidName("dataset id", text, "characters")
    if ".." in text:
        raise InvalidName("dataset id", text, "contains", text="..")
    if text.endswith((".", ".git", ".lock")):
        raise InvalidName("dataset id", text, "bad_end")
    if text.partition(".")[0] in _DEVICES:
        raise InvalidName("dataset id", text, "device")
    return text


def check_tag(name: object) -> str:
    """Return the name if a tag may be created under it.

    :param name: the tag's name.
    :raises InvalidName: if it is no safe git reference name, could be taken for another kind of
        revision reference, or could not be part of a URL or a file name everywhere.
    """
    text = check_tag_lookup(name)
    if "/" in text:
        raise InvalidName("tag", text, "contains", text="/")
    if len(text) > MAX_TAG:
        raise InvalidName("tag", text, "too_long", limit=MAX_TAG)
    if text.lower() == "head":
        raise InvalidName("tag", text, "head")
    if _REVISION_LIKE.fullmatch(text):
        raise InvalidName("tag", text, "like_id")
    if not unicodedata.is_normalized("NFC", text):
        raise InvalidName("tag", text, "not_nfc")
    for character in text:
        if character in _NOT_ON_WINDOWS:
            raise InvalidName("tag", text, "contains", text=character)
        if character in _BIDI_CONTROLS or unicodedata.category(character)[0] == "Z":
            raise InvalidName("tag", text, "invisible_character")
    return text


def check_tag_lookup(name: object) -> str:
    """Return the name if a tag of it may be looked for.

    Plain git may have made tags that ``check_tag`` refuses; what git allows can be looked up.

    :param name: the tag's name.
    :raises InvalidName: if git itself would refuse it, or it is unsafe as a file name.
    """
    text = _text("tag", name)
    if text.startswith("-"):
        raise InvalidName("tag", text, "starts", text="-")
    if text == "@" or "@{" in text:
        raise InvalidName("tag", text, "at_sign")
    if ".." in text:
        raise InvalidName("tag", text, "contains", text="..")
    for character in text:
        if character in _NOT_IN_GIT_REFS:
            raise InvalidName("tag", text, "contains", text=character)
    for component in text.split("/"):
        _check_component("tag", text, component)
        if component.lower().endswith(".lock"):
            raise InvalidName("tag", text, "part_ends", text=".lock")
    if len(text.encode()) > MAX_PATH_BYTES:
        raise InvalidName("tag", text, "too_many_bytes", limit=MAX_PATH_BYTES)
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
        raise InvalidName("file path", text, "too_many_bytes", limit=MAX_PATH_BYTES)
    for component in text.split("/"):
        if component in (".", ".."):
            raise InvalidName("file path", text, "contains", text=component)
        if component.lower() in (".git", "git~1"):
            raise InvalidName("file path", text, "contains", text=".git")
        for character in component:
            if character in _NOT_ON_WINDOWS:
                raise InvalidName("file path", text, "contains", text=character)
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
                raise InvalidName("file path", path, "is_file", path=folder)


def _text(kind: str, value: object) -> str:
    if not isinstance(value, str):
        raise InvalidName(kind, repr(value), "not_text")
    if not value:
        raise InvalidName(kind, value, "empty")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidName(kind, value, "not_unicode") from None
    return value


def _check_component(kind: str, whole: str, component: str) -> None:
    if not component:
        raise InvalidName(kind, whole, "empty_part")
    if any(unicodedata.category(c) == "Cc" for c in component):
        raise InvalidName(kind, whole, "control_character")
    if component[0] == "." or component[-1] in ". " or component[0] == " ":
        raise InvalidName(kind, whole, "part_edge")
    if component.split(".")[0].rstrip(" ").lower() in _DEVICES:
        raise InvalidName(kind, whole, "part_device")
    if len(component.encode()) > MAX_COMPONENT_BYTES:
        raise InvalidName(kind, whole, "part_too_long", limit=MAX_COMPONENT_BYTES)
