"""Files of the web: within limits, only when they changed, and only from where they may come."""

from __future__ import annotations

import gzip
import hashlib
import ipaddress
import socket
import zlib
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from ckanext.versioning.files.links import addresses
from ckanext.versioning.files.links.errors import ForbiddenAddress, LinkError
from ckanext.versioning.files.links.fetching import (
    MOST_REDIRECTS,
    Fetched,
    Limits,
    Validators,
    fetch,
)
from ckanext.versioning.tests.files.links.server import web_site

DATA = b"id,price\n1,5\n" * 20_000
LIMITS = Limits(size=10_000_000, seconds=30, allowed_hosts=["127.0.0.1"])


@pytest.fixture(scope="module")
def server():
    with web_site() as site:
        yield site


@pytest.fixture
def site(server):
    server.answers.clear()
    server.requests.clear()
    return server


@pytest.fixture
def target(tmp_path):
    return tmp_path / "fetched"


def refused(url, target, limits=LIMITS):
    with pytest.raises(LinkError) as caught:
        fetch(url, target, limits)
    return str(caught.value)


def test_a_file(site, target):
    url = site.send("/a%20b/prices.csv?x=1", DATA, ETag='"1"', Last_Modified="yesterday")
    assert fetch(url, target, LIMITS) == Fetched(
        "prices.csv", hashlib.sha256(DATA).hexdigest(), len(DATA), Validators('"1"', "yesterday")
    )
    assert target.read_bytes() == DATA
    (request,) = site.requests
    assert request[1]["Accept-Encoding"] == "identity"
    assert request[1]["Host"] == f"127.0.0.1:{site.port}"


@pytest.mark.parametrize(
    ("path", "header", "name"),
    [
        ("/x", "attachment; filename=prices.csv", "prices.csv"),
        ("/x", "attachment; filename*=UTF-8''pr%C3%A9cios.csv", "précios.csv"),
        ("/x", 'attachment; filename="..\\\\..\\\\a/b.csv"', "b.csv"),
        ("/x", "attachment; filename*=UTF-8''a%00b.csv", "ab.csv"),
        ("/f%C3%BC%00r.csv", None, "für.csv"),
        ("/folder/", None, "folder"),
        ("/", None, "file"),
    ],
)
def test_the_name(site, target, path, header, name):
    headers = {"Content_Disposition": header} if header else {}
    found = fetch(site.send(path, b"x", **headers), target, LIMITS)
    assert found.name == name


def test_unchanged(site, target):
    known = Validators('"1"', "Sat, 21 Nov 2026 10:00:00 GMT")
    assert fetch(site.send("/x", b"", 304), target, LIMITS, known) is None
    ((_, headers),) = site.requests
    assert headers["If-None-Match"] == '"1"'
    assert headers["If-Modified-Since"] == "Sat, 21 Nov 2026 10:00:00 GMT"


def test_unchanged_although_nobody_asked(site, target):
    assert refused(site.send("/x", b"", 304), target) == "the server answers 304"


@pytest.mark.parametrize("status", [204, 206, 301, 404, 500])
def test_another_status(site, target, status):
    assert str(status) in refused(site.send("/x", b"", status), target)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_what_is_compressed_unasked_is_unpacked(site, target, encoding):
    body = gzip.compress(DATA) if encoding == "gzip" else zlib.compress(DATA)
    fetch(site.send("/x", body, Content_Encoding=encoding), target, LIMITS)
    assert target.read_bytes() == DATA


def test_a_small_body_that_unpacks_to_a_large_one(site, target):
    body = gzip.compress(b"\0" * 20_000_000)
    url = site.send("/x", body, Content_Encoding="gzip")
    assert refused(url, target) == "it has more than 10000000 bytes"
    assert target.stat().st_size <= LIMITS.size


def test_an_unknown_compression(site, target):
    assert "encoding x" in refused(site.send("/x", b"x", Content_Encoding="x"), target)


def test_an_announced_size_over_the_limit(site, target):
    url = site.send("/x", b"", Content_Length="10000001")
    assert "10000001 bytes, more than 10000000" in refused(url, target)
    assert not target.exists()


def test_a_body_without_end(site, target):
    def endless(request):
        request.send_response(200)
        request.end_headers()
        while not site.over.is_set():
            request.wfile.write(b"x" * 100_000)

    site.answers["/x"] = endless
    assert refused(site.url("/x"), target) == "it has more than 10000000 bytes"


def test_a_body_that_is_cut(site, target):
    assert "IncompleteRead" in refused(site.send("/x", b"x" * 10, Content_Length="20"), target)


@pytest.mark.parametrize("where", ["head", "body", "silence"])
def test_a_slow_server(site, target, where):
    """It sends a byte now and then, so that no read of a socket ever times out."""

    def slow(request):
        if where == "body":
            request.send_response(200)
            request.end_headers()
        elif where == "head":
            request.wfile.write(b"HTTP/1.0 200 OK\r\nX-Slow: ")
        while not site.over.wait(0.05):
            if where != "silence":
                request.wfile.write(b"x")

    site.answers["/x"] = slow
    before = datetime.now(timezone.utc)
    assert "0.3 seconds" in refused(site.url("/x"), target, replace(LIMITS, seconds=0.3))
    assert datetime.now(timezone.utc) - before < timedelta(seconds=10)


def test_redirects(site, target):
    site.send("/data/prices.csv", b"x")
    site.redirect("/2", "data/prices.csv")
    found = fetch(site.redirect("/1", site.url("/2")), target, LIMITS)
    assert found.size == 1
    assert [path for path, _ in site.requests] == ["/1", "/2", "/data/prices.csv"]


def test_a_redirect_to_itself(site, target):
    assert "redirected more than" in refused(site.redirect("/x", "/x"), target)
    assert len(site.requests) == MOST_REDIRECTS + 1


@pytest.mark.parametrize(
    "to",
    ["ftp://127.0.0.1/x", "file:///etc/passwd", "gopher://127.0.0.1/", "http://["],
)
def test_a_redirect_out_of_the_web(site, target, to):
    assert "no address" in refused(site.redirect("/x", to), target)


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "127.1",
        "2130706433",
        "0x7f.1",
        "0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "user@localhost",
        "127.0.0.1@localhost",
        "169.254.169.254",
        "10.0.0.1",
    ],
)
def test_no_way_to_what_is_not_public(site, target, host):
    """The server listens, and its address is allowed under its own name only."""
    url = site.url("/secret", host)
    site.send("/secret", b"secret")
    with pytest.raises(LinkError):
        fetch(url, target, LIMITS)
    site.redirect("/x", url)
    with pytest.raises(LinkError):
        fetch(site.url("/x"), target, LIMITS)
    assert [path for path, _ in site.requests] == ["/x"]


def test_the_reason_names_the_address(site, target):
    with pytest.raises(ForbiddenAddress) as caught:
        fetch(site.url("/x", "localhost"), target, LIMITS)
    assert caught.value.host == "localhost"
    assert ipaddress.ip_address(caught.value.address).is_loopback


@pytest.fixture
def names(monkeypatch):
    """A name service: a list of addresses by name; and how often it was asked."""
    known, asked = {}, []

    def getaddrinfo(host, port, **_):
        asked.append(host)
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in known[host]
        ]

    monkeypatch.setattr(addresses.socket, "getaddrinfo", getaddrinfo)
    return known, asked


def test_one_private_address_is_enough_to_refuse(site, target, names):
    known, _ = names
    known["two.test"] = ["93.184.216.34", "127.0.0.1"]
    assert "127.0.0.1" in refused(site.url("/x", "two.test"), target)
    assert site.requests == []


def test_a_name_is_resolved_once_and_kept_in_the_request(site, target, names):
    known, asked = names
    known["intranet.test"] = ["127.0.0.1"]
    site.send("/x", b"x")
    limits = replace(LIMITS, allowed_hosts=["Intranet.test"])
    fetch(site.url("/x", "intranet.test"), target, limits)
    assert asked == ["intranet.test"]
    assert site.requests[0][1]["Host"] == f"intranet.test:{site.port}"


def test_the_next_address_where_one_does_not_answer(site, target, names):
    known, _ = names
    known["intranet.test"] = ["127.0.0.2", "127.0.0.1"]
    site.send("/x", b"x")
    fetch(site.url("/x", "intranet.test"), target, replace(LIMITS, allowed_hosts=["intranet.test"]))


def test_an_unknown_host(target):
    assert refused("http://no-such-host.invalid/x", target)


def test_nobody_listens(target):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert "refused" in refused(f"http://127.0.0.1:{taken.getsockname()[1]}/", target)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for secure.test, with its key; nobody has signed it."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "secure.test")])
    now = datetime.now(timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("secure.test")]), False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def test_tls(certificate, target, names, monkeypatch):
    known, _ = names
    known["secure.test"] = known["other.test"] = ["127.0.0.1"]
    limits = replace(LIMITS, allowed_hosts=["secure.test", "other.test"])
    with web_site(certificate) as site:
        site.send("/x", b"x")
        assert "certificate" in refused(site.url("/x", "secure.test"), target, limits)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert fetch(site.url("/x", "secure.test"), target, limits).size == 1
        assert "certificate" in refused(site.url("/x", "other.test"), target, limits)


def test_no_proxy_and_no_passwords_of_the_portal(site, target, monkeypatch, tmp_path):
    """Behind a proxy the address that counts could not be checked."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    fetch(site.send("/x", b"x"), target, LIMITS)
    assert "Authorization" not in site.requests[0][1]
