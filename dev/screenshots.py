"""`make screenshots`: the demo, then a picture of each of its pages on each theme."""

from __future__ import annotations

from . import demo, instances
from .common import DEV, run, say, write
from .services import Service, http_ok

MIDNIGHT = "midnight-blue"


def screenshots(port: int) -> None:
    """Needs the services; starts the demo if it does not run."""
    demo.demo(port)
    shoot(f"http://127.0.0.1:{port}", "classic")
    templates = demo.CKAN.solr_schema.parents[2] / f"templates-{MIDNIGHT}"
    if not (templates / "page.html").exists():
        say(f"CKAN {demo.CKAN.release} from PyPI has no theme {MIDNIGHT}: no pictures of it")
        return
    web = _midnight(port + 1)
    web.start(patience=120)
    try:
        shoot(f"http://127.0.0.1:{port + 1}", MIDNIGHT)
    finally:
        web.stop()


def shoot(url: str, theme: str) -> None:
    say(f"pictures of the theme {theme}")
    run([demo.CKAN.python, "-m", "dev.shoot", demo.STATE, url, theme])


def _midnight(port: int) -> Service:
    """The demo's CKAN once more, in other clothes."""
    ini = DEV / f"{MIDNIGHT}.ini"
    text = f"""\
[app:main]
use = config:{instances.SITE_INI}
ckan.site_url = http://127.0.0.1:{port}
ckan.base_templates_folder = templates-{MIDNIGHT}
ckan.base_public_folder = public-{MIDNIGHT}

{instances.logging_sections()}"""
    write(ini, text, 0o600)
    serve = ["run", "--host", "127.0.0.1", "--port", port, "--threaded"]
    return Service(
        f"ckan-{MIDNIGHT}",
        port,
        [demo.CKAN.cli, "-c", ini, *serve, "--disable-reloader", "--disable-debugger"],
        lambda: http_ok(f"http://127.0.0.1:{port}/api/3/action/status_show"),
        if_busy="Stop it, or take another one: make screenshots PORT=5001",
    )
