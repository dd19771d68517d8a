"""Instances: each has its own databases, Solr core, Redis database, storage folder and ini.

Test suites that run at the same time each take one, so that they don't meet.
"""

from __future__ import annotations

import json
import re
import shutil
import urllib.parse
from dataclasses import asdict, dataclass
from pathlib import Path

from .common import CKANS, DEV, ROOT, Ckan, DevError, password, run, say, write
from .ports import ports
from .services import SOLR_HOME, http_ok, psql, solr_url

SITE_INI = DEV / "ckan.ini"
REGISTRY = DEV / "instances.json"


@dataclass(frozen=True)
class Instance:
    """A test instance. `name` is a small word; `redis` is the number of its Redis database."""

    name: str
    ckan_version: str
    redis: int

    @property
    def ckan(self) -> Ckan:
        return CKANS[self.ckan_version]

    @property
    def ini(self) -> Path:
        return DEV / f"test-{self.name}.ini"

    @property
    def database(self) -> str:
        return f"test_{self.name}"

    @property
    def storage(self) -> Path:
        return DEV / f"test-{self.name}" / "storage"


def addresses(database: str, redis: int, core: str) -> str:
    """The lines of an ini that say where the services are."""
    port = ports()
    at = f"127.0.0.1:{port['POSTGRES_PORT']}"
    return f"""\
sqlalchemy.url = postgresql://ckan:{password()}@{at}/{database}
ckan.datastore.write_url = postgresql://ckan:{password()}@{at}/{database}_datastore
ckan.datastore.read_url = postgresql://datastore_ro:{password()}@{at}/{database}_datastore
solr_url = {solr_url("/" + core)}
ckan.redis.url = redis://:{password()}@127.0.0.1:{port["REDIS_PORT"]}/{redis}
"""


def logging_sections() -> str:
    """Those of test.ini: CKAN 2.11 takes them from the first file only, not through `use`."""
    text = (ROOT / "test.ini").read_text()
    return text[text.index("[loggers]") :]


def create_database(name: str, ckan: Ckan) -> bool:
    """A database with CKAN's tables, and one for the datastore; False if they are there.

    Copied from a template that is made once per version: that takes a second
    or less, CKAN's own `db init` ten.
    """
    present = psql("SELECT datname FROM pg_database").split()
    if name in present and f"{name}_datastore" in present:
        return False
    template = f"template_{ckan.slug}"
    if f"{template}_ready" not in present:
        _create_template(template, ckan)
    for suffix in ("", "_datastore"):
        psql(f"DROP DATABASE IF EXISTS {name}{suffix}")
        psql(f"CREATE DATABASE {name}{suffix} TEMPLATE {template}{suffix}")
    return True


def _create_template(template: str, ckan: Ckan) -> None:
    say(f"CKAN {ckan.minor}: making the tables once, as a template for all databases")
    roles = psql("SELECT rolname FROM pg_roles").split()
    if "datastore_ro" not in roles:
        psql(f"CREATE ROLE datastore_ro LOGIN PASSWORD '{password()}'")
    for suffix in ("", "_datastore"):
        psql(f"DROP DATABASE IF EXISTS {template}{suffix}")
        psql(f"CREATE DATABASE {template}{suffix}")
    create_core(template, ckan)
    ini = DEV / f"{template}.ini"
    text = "[app:main]\nuse = config:../test.ini\nckan.plugins = datastore\n"
    write(ini, text + addresses(template, 0, template) + logging_sections(), 0o600)
    run([ckan.cli, "-c", ini, "db", "init"], log=f"{template}.log")
    permissions = run([ckan.cli, "-c", ini, "datastore", "set-permissions"])
    # Only SQL: warnings may come before it, and psql is in the right database already.
    sql = permissions[permissions.index("\\connect") :]
    psql(re.sub(r"(?m)^\\connect .*$", "", sql), f"{template}_datastore")
    psql(f"CREATE DATABASE {template}_ready")  # marks the template as complete
    drop_core(template)
    ini.unlink()


def create_core(name: str, ckan: Ckan) -> None:
    configset = f"ckan-{ckan.minor}"
    if (SOLR_HOME / name / "core.properties").exists():
        return
    query = urllib.parse.urlencode({"action": "CREATE", "name": name, "configSet": configset})
    if not http_ok(solr_url(f"/admin/cores?{query}")):
        raise DevError(f"Solr could not make the core {name}. See {DEV}/log/solr.log.")


def drop_core(name: str) -> None:
    query = {"action": "UNLOAD", "core": name, "deleteInstanceDir": "true"}
    http_ok(solr_url("/admin/cores?" + urllib.parse.urlencode(query)))
    shutil.rmtree(SOLR_HOME / name, ignore_errors=True)


# The site of the demo --------------------------------------------------------


def prepare_site() -> None:
    """The databases, core and ini of the demo, which also serve the command line."""
    create_database("ckan", CKANS["2.12"])
    create_core("ckan", CKANS["2.12"])
    write_site_ini()


def write_site_ini(url: str = "") -> None:
    """Write .dev/ckan.ini; without a URL it keeps the one that it has."""
    if not url:
        old = SITE_INI.read_text() if SITE_INI.exists() else ""
        found = re.search(r"(?m)^ckan\.site_url = (.+)$", old)
        url = found[1] if found else "http://127.0.0.1:5000"
    text = f"""\
# Written by `make up` and `make demo`.
[app:main]
use = egg:ckan
SECRET_KEY = {password()}
ckan.site_id = demo
ckan.site_url = {url}
ckan.site_title = Versioning demo
ckan.plugins = versioning text_view image_view
ckan.views.default_views = text_view image_view
ckan.storage_path = {DEV / "storage"}
ckan.auth.create_user_via_web = false
{addresses("ckan", 0, "ckan")}
{logging_sections()}"""
    write(SITE_INI, text, 0o600)


# Test instances --------------------------------------------------------------


def registered() -> dict[str, Instance]:
    """The test instances that were made so far."""
    if not REGISTRY.exists():
        return {}
    return {row["name"]: Instance(**row) for row in json.loads(REGISTRY.read_text())}


def _register(instances: dict[str, Instance]) -> None:
    rows = [asdict(instance) for instance in instances.values()]
    write(REGISTRY, json.dumps(rows, indent=2) + "\n")


def create_test_instance(name: str, ckan: Ckan) -> Instance:
    """Make a test instance, or find the one that is there. Quick when it exists."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,30}", name):
        raise DevError(f"Test instance {name!r}: take a small letter, then letters, digits or _.")
    known = registered()
    instance = known.get(name)
    if instance and instance.ckan_version != ckan.minor:
        raise DevError(
            f"Test instance {name} is there, for CKAN {instance.ckan_version}. Take another "
            f"name, or remove it: python3 -m dev test-instance {name} --drop"
        )
    if not instance:
        taken = {other.redis for other in known.values()}
        free = next(n for n in range(1, 128) if n not in taken)  # 0 is the demo's
        instance = Instance(name, ckan.minor, free)
    made = create_database(instance.database, ckan)
    # Tests need no durability; not waiting for the disk makes them faster.
    psql(f"ALTER DATABASE {instance.database} SET synchronous_commit = off")
    psql(f"ALTER DATABASE {instance.database}_datastore SET synchronous_commit = off")
    create_core(instance.database, ckan)
    instance.storage.mkdir(parents=True, exist_ok=True)
    write_ini(instance)
    _register({**known, name: instance})
    if made:
        say(f"test instance {name} on CKAN {ckan.minor}: {instance.ini}")
    return instance


def write_ini(instance: Instance) -> None:
    text = f"""\
# Written by `python3 -m dev`, for CKAN {instance.ckan_version}; test.ini has the rest.
[app:main]
use = config:../test.ini
{addresses(instance.database, instance.redis, instance.database)}\
ckan.storage_path = {instance.storage}

{logging_sections()}"""
    write(instance.ini, text, 0o600)


def drop_test_instance(name: str) -> None:
    known = registered()
    instance = known.pop(name, None)
    if not instance:
        raise DevError(f"No test instance {name}. There are: {', '.join(sorted(known)) or 'none'}.")
    for suffix in ("", "_datastore"):
        psql(f"DROP DATABASE IF EXISTS {instance.database}{suffix} WITH (FORCE)")
    drop_core(instance.database)
    shutil.rmtree(instance.storage.parent, ignore_errors=True)
    instance.ini.unlink(missing_ok=True)
    _register(known)
    say(f"test instance {name} removed")
