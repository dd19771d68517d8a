"""Install what is missing: Debian's packages, the virtual environments, Solr's jars."""

from __future__ import annotations

import ctypes.util
import hashlib
import importlib.util
import os
import shutil
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

from .common import CKANS, DEV, ROOT, Ckan, DevError, run, say, write
from .services import SOLR_SOURCE

# A Debian package is needed when what we use of it is not there.
DEBIAN_PACKAGES: dict[str, Callable[[], object]] = {
    "postgresql": lambda: (
        any(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or shutil.which("initdb")
    ),
    "redis-server": lambda: shutil.which("redis-server"),
    "default-jdk-headless": lambda: shutil.which("javac"),
    "maven": lambda: shutil.which("mvn"),
    "libmagic1": lambda: ctypes.util.find_library("magic"),
    # psycopg2, which CKAN pins, has to be compiled.
    "libpq-dev": lambda: shutil.which("pg_config"),
    "gcc": lambda: shutil.which("gcc"),
    "python3-dev": lambda: Path(sysconfig.get_path("include"), "Python.h").exists(),
    "python3-venv": lambda: importlib.util.find_spec("ensurepip"),
    "git": lambda: shutil.which("git"),
    "git-lfs": lambda: shutil.which("git-lfs"),
    "curl": lambda: shutil.which("curl"),  # one way to fetch a version, see the box "Cite"
    # The pages are tested in it.
    "chromium": lambda: shutil.which("chromium"),
}

# Debian's postgresql and redis-server would make a cluster and start both.
# While they install, these helpers of theirs do nothing: ours run from .dev/.
QUIET = ("pg_createcluster", "invoke-rc.d", "deb-systemd-invoke")


def install() -> None:
    install_debian_packages()
    for ckan in CKANS.values():
        install_ckan(ckan)
    install_solr()


def install_debian_packages() -> None:
    missing = [name for name, is_there in DEBIAN_PACKAGES.items() if not is_there()]
    if not missing:
        return
    by_hand = f"apt-get install {' '.join(missing)}"
    if not shutil.which("apt-get"):
        raise DevError(f"Missing, and there is no apt-get to install it: {' '.join(missing)}.")
    sudo: list[str] = []
    if os.geteuid() != 0:
        if not shutil.which("sudo"):
            raise DevError(f"Missing: {' '.join(missing)}. As root: {by_hand}")
        # Without a terminal nobody could type a password: fail instead of waiting.
        sudo = ["sudo"] if sys.stdin.isatty() else ["sudo", "-n"]
    say(f"installing Debian's {', '.join(missing)}")
    quiet = DEV / "no-services"
    quiet.mkdir(parents=True, exist_ok=True)
    for helper in QUIET:
        if not (quiet / helper).exists():
            (quiet / helper).symlink_to("/bin/true")
    path = f"DPkg::Path={quiet}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    apt = [*sudo, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-y", "-o", path]
    run([*apt, "update"], log="apt-update.log")
    run([*apt, "install", "--no-install-recommends", *missing], log="apt-install.log")


def install_ckan(ckan: Ckan) -> None:
    """CKAN, this extension and the test tools, in one virtual environment."""
    requirements = [ROOT / "dev-requirements.txt"]
    if ckan.minor == "2.12":
        requirements.append(ROOT / "dev" / "lint-requirements.txt")
    # Of pyproject.toml only what pip reads: the settings of tools need no new installation.
    project = (ROOT / "pyproject.toml").read_text().partition("[tool.")[0]
    inputs = [Path(__file__), ROOT / "setup.py", *requirements]
    wanted = f"{ckan.release} {_fingerprint(*inputs, text=project)}"
    stamp = ckan.venv / "installed"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    if not ckan.python.exists():
        run([sys.executable, "-m", "venv", "--clear", ckan.venv])
    say(f"installing CKAN {ckan.release} in {ckan.venv.name}")
    files = [word for file in requirements for word in ("-r", file)]
    pip = [ckan.python, "-m", "pip", "install", "--disable-pip-version-check"]
    cache = {"PIP_CACHE_DIR": os.environ.get("PIP_CACHE_DIR", str(DEV / "cache" / "pip"))}
    # Some of CKAN's pinned packages build with what is in the environment.
    run([*pip, "--upgrade", "pip", "setuptools", "wheel"], env=cache)
    what = [f"ckan[requirements]=={ckan.release}", *files, "-e", ROOT]
    run([*pip, *what], log=f"pip-{ckan.minor}.log", env=cache)
    run([ckan.python, "-m", "pip", "check"])
    # As `activate` would: .venv/bin/ckanapi looks for `ckan` in the PATH.
    site = next(ckan.venv.glob("lib/python3*/site-packages"))
    path = (
        "import os, sys; os.environ[\"PATH\"] = f\"{sys.prefix}/bin:{os.environ.get('PATH', '')}\""
    )
    write(site / "activate.pth", path + "\n")
    write(stamp, wanted)


def install_solr() -> None:
    """Solr's jars and those of the Jetty it runs in, as dev/solr/pom.xml lists them."""
    jars, pom = DEV / "solr" / "lib", SOLR_SOURCE / "pom.xml"
    stamp = DEV / "solr" / "installed"
    if stamp.exists() and stamp.read_text() == _fingerprint(pom):
        return
    say("fetching Solr with Maven")
    shutil.rmtree(jars, ignore_errors=True)
    repository = f"-Dmaven.repo.local={DEV / 'cache' / 'maven'}"
    goal = ["dependency:copy-dependencies", f"-DoutputDirectory={jars}", "-DincludeScope=runtime"]
    run(["mvn", "-B", "-q", "-f", pom, repository, *goal], log="maven.log")
    write(stamp, _fingerprint(pom))


def _fingerprint(*files: Path, text: str = "") -> str:
    digest = hashlib.sha256(text.encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()
