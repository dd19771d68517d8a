"""Files of resources as they stand in a data package: at ``data/<resource>/<file name>``."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from .plain import plain_text
from .unique import unique

FOLDER = "data"
#: A folder and a file of this length fit into the 260 characters of a path on Windows.
MAX_NAME_BYTES = 120
_MAX_EXTENSION_BYTES = 32
_UNNAMED = "file"

#: Forbidden on Windows, in data packages (two dots in a row), or what a shell would expand.
_UNSAFE = re.compile(r'[<>:"|?*$%\x00-\x1f\x7f-\x9f\u2028\u2029]')
_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|clock\$|(com|lpt)[0-9¹²³]) *(\.|$)", re.I)
#: They join letters and emojis; other invisible characters make a name read as another.
_JOINERS = "\u200c\u200d"


@dataclass(frozen=True, slots=True)
class CapturedFile:
    """What is known of the file of a resource.

    :param name: the file's own name, any text.
    :param sha256: the hash of its bytes, lower-case hexadecimal.
    :param size: how many bytes it has.
    :param kept: whether the bytes are kept; they are not where the file is over a limit.
    """

    name: str
    sha256: str
    size: int
    kept: bool = True


def data_folders(names: list[str]) -> list[str]:
    """The folders of resources, unique, also where upper and lower case are the same.

    :param names: the names of the resources in the data package, unique and in lower case.
    :returns: a folder for each, in the same order.
    """
    return [f"{FOLDER}/{folder}" for folder in unique([file_name(name) for name in names])]


def file_name(name: str) -> str:
    """The name as one that every file system, archive and data package can hold.

    :param name: any text; of a path the last part counts.
    :returns: the name in Unicode's composed form (NFC), not longer than ``MAX_NAME_BYTES`` in
        UTF-8, its extension kept. A name that is safe already stays as it is.
    """
    text = "".join(c for c in plain_text(name) if c in _JOINERS or unicodedata.category(c) != "Cf")
    parts = [_trimmed(part) for part in re.split(r"[/\\]", unicodedata.normalize("NFC", text))]
    text = next((part for part in reversed(parts) if part.strip(".")), _UNNAMED)
    text = re.sub(r"\.{2,}", ".", _UNSAFE.sub("_", text))
    if text.startswith(".") or text.lower() == "git~1" or _DEVICE.match(text):
        # Files such as .gitattributes have a meaning for those who clone.
        text = "_" + text.lstrip(".")
    return _shortened(text)


def _trimmed(text: str) -> str:
    """Without blanks and joiners at the ends, and dots at the end."""
    return re.sub(rf"^[\s{_JOINERS}]+|[\s.{_JOINERS}]+$", "", text)


def _shortened(name: str) -> str:
    if len(name.encode()) <= MAX_NAME_BYTES:
        return name
    stem, dot, extension = name.rpartition(".")
    ending = (dot + extension).encode()
    if not stem or len(ending) > _MAX_EXTENSION_BYTES:
        stem, ending = name, b""
    room = MAX_NAME_BYTES - len(ending)
    return _trimmed(stem.encode()[:room].decode("utf-8", "ignore")) + ending.decode()
