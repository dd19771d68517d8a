"""Parts of JSON Pointers (RFC 6901)."""

from __future__ import annotations


def escape(key: str) -> str:
    """Return a key as a part of a JSON Pointer."""
    return key.replace("~", "~0").replace("/", "~1")


def parts(path: str) -> list[str]:
    """Return the keys that a JSON Pointer goes through."""
    return [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]
