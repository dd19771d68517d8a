"""The command line: `python3 -m dev COMMAND`. The Makefile has the usual ones."""

from __future__ import annotations

import argparse
import os
import signal
import sys

from . import check, demo, install, instances, screenshots, services, translations
from .common import CKANS, ROOT, DevError, lock, say


def up() -> None:
    with lock():
        install.install()
        services.start_all()
        instances.prepare_site()
        for instance in instances.registered().values():
            instances.write_ini(instance)  # the ports may have been chosen anew


def down() -> None:
    with lock():
        services.stop_all()


def test_instance(name: str, version: str, drop: bool) -> None:
    with lock():
        install.install()
        services.start_all()
        if drop:
            instances.drop_test_instance(name)
        else:
            instance = instances.create_test_instance(name, CKANS[version])
            pytest = f"{instance.ckan.venv.name}/bin/pytest"
            say(f"ready: {pytest} --ckan-ini={instance.ini.relative_to(ROOT)}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python3 -m dev", description="Development environment")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("install", help="install what is missing")
    commands.add_parser("up", help="install what is missing, start PostgreSQL, Redis and Solr")
    commands.add_parser("down", help="stop what was started here")
    show = commands.add_parser("demo", help="a CKAN with datasets that have a past")
    show.add_argument("--port", type=int, default=5000)
    pictures = commands.add_parser("screenshots", help="a picture of each page of the demo")
    pictures.add_argument("--port", type=int, default=5000)
    commands.add_parser("lint", help="ruff, mypy, import-linter")
    commands.add_parser("translations", help="read texts from the code into the catalogues")
    tests = commands.add_parser("test", help="lint and all tests, or those that pytest selects")
    tests.add_argument("pytest", nargs="*", metavar="-- PYTEST ARGUMENTS")
    one = commands.add_parser("test-instance", help="a database, Solr core ... of a suite's own")
    one.add_argument("name")
    one.add_argument("--ckan", choices=sorted(CKANS), default="2.12")
    one.add_argument("--drop", action="store_true", help="remove it")
    arguments = parser.parse_args()
    # Leave through the `finally`s, which end what was started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    for name in [name for name in os.environ if name.startswith("CKAN_")]:
        del os.environ[name]  # CKAN would prefer them to what our ini files say
    try:
        match arguments.command:
            case "install":
                with lock():
                    install.install()
            case "up":
                up()
            case "down":
                down()
            case "demo":
                demo.check_port(arguments.port)
                up()
                with lock():
                    demo.demo(arguments.port)
            case "screenshots":
                demo.check_port(arguments.port)
                up()
                with lock():
                    screenshots.screenshots(arguments.port)
            case "lint":
                with lock():
                    install.install()
                check.lint()
            case "translations":
                translations.translations()
            case "test":
                up()
                with lock("test.lock", busy=check.BUSY):
                    return check.test(arguments.pytest)
            case "test-instance":
                test_instance(arguments.name, arguments.ckan, arguments.drop)
    except DevError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except PermissionError as error:
        ours = ".dev .venv .venv-2.11"
        print(
            f"\n{error}\nAn earlier run was another user's, root's perhaps. "
            f"Be that user, or take the files over: sudo chown -R $USER {ours}",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
