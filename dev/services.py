"""PostgreSQL, Redis and Solr: start each, wait until it answers, stop it.

Plain pid files: `.dev/run/NAME.pid` holds the pid and the start time of the
process, so that a pid which now belongs to somebody else is never taken for ours.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .common import CKANS, DEV, LOGS, ROOT, Command, DevError, password, run, say, tail, write
from .ports import FILE as PORTS_FILE
from .ports import is_free, ports

RUN = DEV / "run"
POSTGRES = DEV / "postgres"
SOLR_HOME = DEV / "solr" / "home"
SOLR_SOURCE = ROOT / "dev" / "solr"


@dataclass(frozen=True)
class Service:
    """A process that runs in the background and listens on a port."""

    name: str
    port: int
    command: Command
    answers: Callable[[], bool]
    if_busy: str = f"Stop it, or remove {PORTS_FILE} to choose other ports."
    stop_signal: signal.Signals = signal.SIGTERM
    env: dict[str, str] | None = None
    stdin: str = ""

    @property
    def pid_file(self) -> Path:
        return RUN / f"{self.name}.pid"

    @property
    def log(self) -> Path:
        return LOGS / f"{self.name}.log"

    def start(self, patience: float = 60) -> None:
        if running_pid(self.pid_file):
            if self.answers():
                return
            say(f"{self.name} runs, but does not answer on port {self.port}: starting it again")
            self.stop()
        elif self.pid_file.exists():
            say(f"{self.name}: its pid file is stale (the process is gone), starting it again")
            self.pid_file.unlink()
        self.check_port()
        RUN.mkdir(parents=True, exist_ok=True)
        LOGS.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [str(word) for word in self.command],
                cwd=DEV,
                env={**os.environ, **(self.env or {})},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C in the terminal is not meant for it
            )
        assert process.stdin
        process.stdin.write(self.stdin.encode())
        process.stdin.close()
        write(self.pid_file, f"{process.pid} {_start_time(process.pid)}\n")
        deadline = time.monotonic() + patience
        while not self.answers():
            gone = process.poll() is not None
            if gone or time.monotonic() > deadline:
                self.stop()
                what = "stopped at once" if gone else f"does not answer after {patience:.0f} s"
                end = tail(self.log.read_text(errors="replace"), 15)
                raise DevError(f"{self.name} {what}. The end of {self.log}:\n{end}")
            time.sleep(0.1)
        say(f"{self.name} answers on port {self.port}")

    def check_port(self) -> None:
        if not is_free(self.port):
            raise DevError(
                f"{self.name}: port {self.port} is in use by another process. {self.if_busy}"
            )

    def stop(self) -> None:
        stop(self.pid_file, self.stop_signal)


def _start_time(pid: int) -> str:
    """When the process started, in the kernel's clock ticks; empty when there is none."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    state, start = fields[0], fields[19]
    return "" if state == "Z" else start


def running_pid(pid_file: Path) -> int | None:
    """The pid of the process that we started, if it still runs."""
    try:
        pid, start = pid_file.read_text().split()
    except (FileNotFoundError, ValueError):
        return None
    return int(pid) if start == _start_time(int(pid)) else None


def stop(pid_file: Path, how: signal.Signals, patience: float = 30) -> None:
    pid = running_pid(pid_file)
    if pid:
        os.kill(pid, how)
        deadline = time.monotonic() + patience
        while running_pid(pid_file):
            if time.monotonic() > deadline:
                say(f"{pid_file.stem} does not stop: killing it")
                os.kill(pid, signal.SIGKILL)
                deadline += patience
            time.sleep(0.05)
        say(f"{pid_file.stem} stopped")
    pid_file.unlink(missing_ok=True)


# PostgreSQL ------------------------------------------------------------------


def postgres_bin(name: str) -> Path:
    """A program of the newest PostgreSQL: Debian keeps the server's outside the PATH."""
    found = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda p: float(p.parts[4])
    )
    if found:
        return found[-1]
    elsewhere = shutil.which(name)
    if not elsewhere:
        raise DevError(f"PostgreSQL's `{name}` is missing. Install Debian's package postgresql.")
    return Path(elsewhere)


def as_postgres() -> list[str]:
    """What to put before a command of PostgreSQL's server, which refuses to run as root.

    Root hands it to the user `postgres` of Debian's package. Where that user
    could not reach the checkout (in /root, say) it gets one right of root's,
    to pass through folders; nothing else would do without moving the data out
    of the checkout.
    """
    if os.geteuid() != 0:
        return []
    user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    reach = subprocess.run([*user, "test", "-x", str(POSTGRES)], capture_output=True)
    if reach.returncode == 0:
        return user
    right = ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    return [*user, *right]


def psql(sql: str, database: str = "postgres") -> str:
    command = [postgres_bin("psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]
    where = ["-h", "127.0.0.1", "-p", str(ports()["POSTGRES_PORT"]), "-U", "ckan", "-d", database]
    return run([*command, *where], stdin=sql, env={"PGPASSWORD": password()}).strip()


def _init_postgres() -> None:
    data = POSTGRES / "data"
    if (data / "PG_VERSION").exists():
        return
    say("PostgreSQL: making a cluster in .dev/postgres")
    if data.exists():
        shutil.rmtree(data)  # what an interrupted initdb left
    POSTGRES.mkdir(parents=True, exist_ok=True)
    secret = POSTGRES / "password"
    write(secret, password(), 0o600)
    if os.geteuid() == 0:
        shutil.chown(POSTGRES, "postgres", "postgres")
        shutil.chown(secret, "postgres", "postgres")
    options = ["-U", "ckan", "-A", "scram-sha-256", f"--pwfile={secret}"]
    initdb = [postgres_bin("initdb"), "-D", data, "-E", "UTF8", "--locale=C.UTF-8", *options]
    run([*as_postgres(), *initdb], log="initdb.log")


def postgres() -> Service:
    _init_postgres()
    port = ports()["POSTGRES_PORT"]
    # Durable, as in production: the demo's data should survive a power cut.
    # Test databases wait for no disk, see instances.py.
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",
        "max_connections": "300",
        "shared_buffers": "256MB",
    }
    options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
    ready = [str(postgres_bin("pg_isready")), "-q", "-h", "127.0.0.1", "-p", str(port)]
    return Service(
        "postgres",
        port,
        [*as_postgres(), postgres_bin("postgres"), "-D", POSTGRES / "data", *options],
        answers=lambda: subprocess.run(ready).returncode == 0,
        stop_signal=signal.SIGINT,  # "fast": does not wait for clients to leave
    )


# Redis -----------------------------------------------------------------------


def redis() -> Service:
    port = ports()["REDIS_PORT"]
    folder = DEV / "redis"
    folder.mkdir(parents=True, exist_ok=True)
    # By standard input, since everybody on the machine can read a command line.
    settings = f"""
bind 127.0.0.1
port {port}
dir "{folder}"
databases 128
requirepass {password()}
"""

    def answers() -> bool:
        command = ["redis-cli", "-h", "127.0.0.1", "-p", str(port), "ping"]
        env = {**os.environ, "REDISCLI_AUTH": password()}
        return b"PONG" in subprocess.run(command, env=env, capture_output=True).stdout

    return Service("redis", port, ["redis-server", "-"], answers, stdin=settings)


# Solr ------------------------------------------------------------------------


def solr_url(path: str = "") -> str:
    return f"http://127.0.0.1:{ports()['SOLR_PORT']}/solr{path}"


def http_ok(url: str, timeout: float = 30) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=timeout) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def solr() -> Service:
    # A configset per version of CKAN, with that CKAN's own schema.
    for ckan in CKANS.values():
        if ckan.venv.exists():
            conf = SOLR_HOME / "configsets" / f"ckan-{ckan.minor}" / "conf"
            shutil.copytree(SOLR_SOURCE / "conf", conf, dirs_exist_ok=True)
            shutil.copy(ckan.solr_schema, conf / "schema.xml")
    shutil.copy(SOLR_SOURCE / "solr.xml", SOLR_HOME)
    port = ports()["SOLR_PORT"]
    java = ["java", "-Xmx512m", f"-Dsolr.solr.home={SOLR_HOME}", f"-Dsolr.log.dir={LOGS}"]
    main = ["-cp", f"{DEV / 'solr' / 'lib'}/*", SOLR_SOURCE / "SolrMain.java", str(port)]
    return Service("solr", port, [*java, *main], lambda: http_ok(solr_url("/admin/info/system")))


def start_all() -> None:
    for service in (postgres, redis, solr):
        service().start()


def stop_all() -> None:
    """Stop what was started here, newest first; another checkout's services are left alone."""
    files = sorted(RUN.glob("*.pid"), key=lambda file: file.stat().st_mtime, reverse=True)
    for file in files:
        stop(file, signal.SIGINT if file.stem == "postgres" else signal.SIGTERM)
    if not files:
        say("nothing was running")
