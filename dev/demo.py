"""`make demo`: a CKAN with the plugin, two users and three datasets that have a past."""

from __future__ import annotations

import json
import secrets
import subprocess
from pathlib import Path
from typing import Any

from . import instances
from .common import CKANS, DEV, ROOT, DevError, run, say, write
from .services import Service, http_ok, psql, running_pid

CKAN = CKANS["2.12"]
STATE = DEV / "demo.json"
DATA = ROOT / "dev" / "demo-data"
MIGRATIONS = ROOT / "ckanext" / "versioning" / "migration" / "versioning" / "versions"


def check_port(port: int) -> None:
    """Better said before minutes of installing."""
    web = _web(port)
    if not running_pid(web.pid_file) or _load().get("url") != _url(port):
        web.check_port()


def demo(port: int) -> None:
    """Needs the services; does only what earlier runs have not done."""
    url = _url(port)
    state = _load()
    if _web(port).pid_file.exists() and state.get("url") != url:
        _web(port).stop()  # it listens on another port
    state["url"] = url
    instances.write_site_ini(url)
    _migrate(state)
    if "admin_token" not in state:
        _make_admin(state)
    _save(state)
    web = _web(port)
    if not running_pid(web.pid_file):
        say("starting CKAN")
    web.start(patience=120)
    if not _is_replayed(state):
        say("replaying the past of the datasets through the action API")
        replay = [str(CKAN.python), "-m", "dev.replay", str(STATE)]
        if subprocess.run(replay, cwd=ROOT).returncode:
            raise DevError("The replay failed, see above. `make demo` goes on where it stopped.")
    _tell(_load())


def _url(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def _load() -> dict[str, Any]:
    if not STATE.exists():
        return {"admin_password": _password(), "editor_password": _password()}
    state: dict[str, Any] = json.loads(STATE.read_text())
    return state


def _save(state: dict[str, Any]) -> None:
    write(STATE, json.dumps(state, indent=2), 0o600)


def _password() -> str:
    return secrets.token_urlsafe(9)


def _web(port: int) -> Service:
    serve = ["run", "--host", "127.0.0.1", "--port", port, "--threaded"]
    serve += ["--disable-reloader", "--disable-debugger"]
    return Service(
        "ckan",
        port,
        [CKAN.cli, "-c", instances.SITE_INI, *serve],
        lambda: http_ok(f"{_url(port)}/api/3/action/status_show"),
        if_busy="Stop it, or take another one: make demo PORT=5001",
    )


def _migrate(state: dict[str, Any]) -> None:
    wanted = sorted(file.name for file in MIGRATIONS.glob("*.py"))
    if state.get("migrations") != wanted:
        say("making the plugin's tables")
        ini = instances.SITE_INI
        run([CKAN.cli, "-c", ini, "db", "upgrade", "-p", "versioning"], log="migrate.log")
        state["migrations"] = wanted


def _make_admin(state: dict[str, Any]) -> None:
    say("making the sysadmin")
    ckan = [CKAN.cli, "-c", instances.SITE_INI]
    if not psql("SELECT 1 FROM \"user\" WHERE name = 'admin'", "ckan"):
        who = ["admin", "email=admin@example.org", f"password={state['admin_password']}"]
        run([*ckan, "user", "add", *who])
    run([*ckan, "sysadmin", "add", "admin"])
    output = run([*ckan, "user", "token", "add", "admin", "demo", "-q"])
    state["admin_token"] = output.split()[-1]


def _histories() -> list[Path]:
    return sorted(DATA.glob("*.jsonl"))


def _is_replayed(state: dict[str, Any]) -> bool:
    done = state.get("replayed", {})
    return all(
        done.get(file.stem, 0) >= len(file.read_text().splitlines()) for file in _histories()
    )


def _tell(state: dict[str, Any]) -> None:
    url = state["url"]
    name = _histories()[0].stem
    print(f"\nCKAN {CKAN.release} with the plugin runs at {url}\n")
    for file in _histories():
        print(f"  {url}/dataset/{file.stem}")
    print(f"\n  log in   {url}/user/login")
    print(f"           admin  / {state['admin_password']}   (sysadmin)")
    print(f"           editor / {state['editor_password']}   (editor of Office of Statistics)")
    print(f"  history  {url}/dataset/{name}/history")
    print(f"           curl '{url}/api/3/action/dataset_revision_list?dataset={name}'")
    print(
        f"           .venv/bin/ckanapi action dataset_revision_list dataset={name} -c .dev/ckan.ini"
    )
    print("  stop     make down")
