"""A real CKAN and a real browser: Debian's Chromium, through Playwright."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import ckan
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright

THEMES = {
    "classic": "",
    "midnight-blue": (
        "ckan.base_templates_folder = templates-midnight-blue\n"
        "ckan.base_public_folder = public-midnight-blue\n"
    ),
}
WIDE, NARROW = {"width": 1600, "height": 1000}, {"width": 360, "height": 740}
PATIENCE = 120

# Nothing that a test does may reach out to the net.
_QUIET = (
    "--no-sandbox --disable-gpu --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-default-apps"
).split()
# What our templates add; what is CKAN's is CKAN's.
_OURS = (
    ".versioning",
    ".versioning-banner",
    ".versioning-cite",
    ".versioning-sidebar",
    ".versioning-versions",
)
# The columns of CKAN's classic theme reach so many pixels beyond a narrow window.
_SLACK = 8
_SERIOUS = ("serious", "critical")


def has_theme(theme: str) -> bool:
    """Say whether the CKAN that is installed has a theme; 2.12.0 from PyPI lacks midnight-blue."""
    folder = "templates" if theme == "classic" else f"templates-{theme}"
    return (Path(ckan.__file__).parent / folder / "page.html").exists()


@contextmanager
def server(ini: str, folder: Path, theme: str) -> Iterator[str]:
    """Run CKAN as a process of its own; return its address.

    :param ini: the test instance's.
    :param folder: for what it writes.
    :param theme: one of ``THEMES``.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    path = Path(ini).resolve()
    text = path.read_text()
    config = folder / f"{theme}.ini"
    config.write_text(
        f"[app:main]\nuse = config:{path}\nckan.site_url = {url}\nckan.site_title = Open data\n"
        "testing = false\nWTF_CSRF_ENABLED = true\nckan.gravatar_default = disabled\n"
        f"{THEMES[theme]}\n{text[text.index('[loggers]') :]}"
    )
    config.chmod(0o600)
    cli = str(Path(sys.executable).with_name("ckan"))
    words = [cli, "-c", str(config), "run", "-H", "127.0.0.1", "-p", str(port), "--threaded"]
    words += ["--disable-reloader", "--disable-debugger"]
    with (folder / f"{theme}.log").open("w") as log:
        process = subprocess.Popen(words, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait(url, process, Path(log.name))
            yield url
        finally:
            process.terminate()
            process.wait()


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        try:
            urlopen(f"{url}/api/3/action/status_show", timeout=PATIENCE).close()
            return
        except (URLError, OSError):
            time.sleep(0.2)
    raise AssertionError(f"CKAN does not answer: {log.read_text()[-3000:]}")


def launch(playwright: Playwright) -> Browser:
    """Start Debian's Chromium; Playwright's own browsers are never downloaded."""
    path = shutil.which("chromium")
    assert path, "There is no chromium: apt-get install chromium"
    return playwright.chromium.launch(executable_path=path, args=_QUIET)


def log_in(page: Page, url: str, user: dict[str, Any], password: str) -> None:
    """Log in through CKAN's form."""
    page.goto(f"{url}/user/login")
    page.fill("#field-login", user["name"])
    page.fill("#field-password", password)
    page.press("#field-password", "Enter")
    page.wait_for_url(lambda address: "/user/login" not in address)


def complaints(page: Page) -> list[str]:
    """Return the list that errors of the browser's console will be added to."""
    found: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # the pictures of CKAN's factories are on a host that tests don't reach
        if message.type == "error" and "://127.0.0.1" in message.location["url"]:
            found.append(message.text)

    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", note)
    return found


def violations(page: Page) -> list[str]:
    """Return what axe-core finds serious in the parts of a page that our templates add."""
    ours = [[part] for part in _OURS if page.locator(part).count()]
    assert ours, f"nothing of ours on {page.url}"
    found = Axe().run(page, context={"include": ours}).response["violations"]
    return [
        f"{item['id']}: {node['html']} {node['failureSummary']}"
        for item in found
        if item["impact"] in _SERIOUS
        for node in item["nodes"]
    ]


def overflowing(page: Page) -> list[str]:
    """Return the elements of ours that reach beyond the window."""
    found: list[str] = page.evaluate(
        """parts => [...document.querySelectorAll(parts.ours)]
            .filter(element => {
                const box = element.getBoundingClientRect();
                const clipped = element.closest("pre, .table-responsive, .visually-hidden, table");
                return box.width && !clipped &&
                    (box.right > innerWidth + parts.slack || box.left < -parts.slack);
            })
            .map(element => element.outerHTML.slice(0, 200))""",
        {"ours": ", ".join(f"{part}, {part} *" for part in _OURS), "slack": _SLACK},
    )
    return found
