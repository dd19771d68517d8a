"""Why the file behind a link was not fetched."""

from __future__ import annotations


class LinkError(Exception):
    """The file could not be fetched; the message says why, for operators."""


class ForbiddenAddress(LinkError):
    """The link leads to where nobody but the portal's own network may go."""

    def __init__(self, host: str, address: str) -> None:
        super().__init__(f"{host} is at {address}, which is not public")
        self.host = host
        self.address = address
