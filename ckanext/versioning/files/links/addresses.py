"""Which addresses are public, and connections to no others.

A host's name is resolved once, every address is checked, and the connection goes to an address
that was checked: between check and use the name can't come to mean another one.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import threading
from collections.abc import Collection
from typing import Any

import urllib3
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from .errors import ForbiddenAddress, LinkError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# What `ipaddress` takes for global, in all or in older versions of Python, and what is not.
_NOT_PUBLIC = tuple(
    ipaddress.ip_network(network)
    for network in (
        "168.63.129.16/32",  # the inside of a cloud: it answers virtual machines of Azure only
        "192.0.0.0/24",  # protocol assignments
        "192.88.99.0/24",  # relays to IPv4
        "64:ff9b::/96",  # IPv4 in disguise, whichever it is
        "64:ff9b:1::/48",
        "2001::/23",
        "2002::/16",
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing
        "fec0::/10",  # site-local, of old
    )
)


def is_public(address: Address) -> bool:
    """Whether everybody can reach an address, and means the same by it."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return is_public(address.ipv4_mapped)
    return (
        address.is_global
        and not (address.is_multicast or address.is_reserved or address.is_unspecified)
        and not any(address in network for network in _NOT_PUBLIC)
    )


class Gate:
    """The one way out: opens connections, and cuts them when the time is up.

    :param allowed_hosts: the names or addresses of hosts that need not be public.
    :param seconds: how long it stays open, from the first connection on.
    """

    def __init__(self, allowed_hosts: Collection[str], seconds: float) -> None:
        self._allowed = {host.lower() for host in allowed_hosts}
        self._timer = threading.Timer(seconds, self._shut)
        self._timer.daemon = True
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self.shut = False

    def __enter__(self) -> Gate:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._timer.join()
        for handle in self._open:
            handle.close()

    def connect(self, host: str, port: int, timeout: float | None) -> socket.socket:
        """Return a connection to a host.

        :raises ForbiddenAddress: if it has an address that is not public.
        :raises OSError: if it can't be reached.
        """
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        if host not in self._allowed:
            for *_, address in found:
                if not is_public(ipaddress.ip_address(address[0])):
                    raise ForbiddenAddress(host, str(address[0]))
        error: OSError | None = None
        for family, kind, protocol, _, address in found:
            connection = socket.socket(family, kind, protocol)
            connection.settimeout(timeout)
            try:
                connection.connect(address)
            except OSError as failure:
                connection.close()
                error = failure
            else:
                self._watch(connection)
                return connection
        raise error or OSError(f"{host} has no address")

    def _watch(self, connection: socket.socket) -> None:
        # TLS takes the socket over; a second descriptor still ends the connection
        handle = socket.socket(fileno=os.dup(connection.fileno()))
        with self._lock:
            self._open.append(handle)
            if self.shut:
                _cut(handle)

    def _shut(self) -> None:
        with self._lock:
            self.shut = True
            for handle in self._open:
                _cut(handle)


def _cut(handle: socket.socket) -> None:
    try:
        handle.shutdown(socket.SHUT_RDWR)
    except OSError:  # the other side was quicker
        return


class _GatedHTTP(urllib3.connection.HTTPConnection):
    """A connection through a gate."""

    def __init__(self, *args: Any, gate: Gate, **given: Any) -> None:
        super().__init__(*args, **given)
        self._gate = gate

    def _new_conn(self) -> socket.socket:
        return _connected(self, self._gate)


class _GatedHTTPS(urllib3.connection.HTTPSConnection):
    """A connection through a gate; the certificate must be for the host's name."""

    def __init__(self, *args: Any, gate: Gate, **given: Any) -> None:
        super().__init__(*args, **given)
        self._gate = gate

    def _new_conn(self) -> socket.socket:
        return _connected(self, self._gate)


def _connected(connection: urllib3.connection.HTTPConnection, gate: Gate) -> socket.socket:
    timeout = connection.timeout
    try:
        return gate.connect(
            connection.host, connection.port, timeout if isinstance(timeout, (int, float)) else None
        )
    except TimeoutError as error:
        raise ConnectTimeoutError(connection, f"{connection.host} does not answer") from error
    except OSError as error:
        raise NewConnectionError(connection, str(error)) from error


class _HTTPPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _GatedHTTP


class _HTTPSPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _GatedHTTPS


def pool(url: urllib3.util.Url, gate: Gate, timeout: urllib3.Timeout) -> urllib3.HTTPConnectionPool:
    """Return what requests the URL's host through the gate, once.

    :raises LinkError: if the URL is not of the web.
    """
    if url.scheme not in ("http", "https") or not url.host:
        raise LinkError(f"{url} is no address of the web")
    kind = _HTTPSPool if url.scheme == "https" else _HTTPPool
    return kind(url.host, url.port, timeout=timeout, retries=False, gate=gate)
