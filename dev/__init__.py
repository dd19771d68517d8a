"""The development environment. `python3 -m dev --help` lists what it can do.

    common.py     paths, versions, how to print and run things
    install.py    what is missing: Debian packages, .venv, .venv-2.11, Solr's jars
    ports.py      free ports, chosen once per checkout
    services.py   PostgreSQL, Redis and Solr: start, wait, stop
    instances.py  databases, Solr cores and ini files, for the demo and for test suites
    check.py      `make test`
    demo.py       the demo: a CKAN with three datasets that have a past
    solr/         Solr as a pom.xml, a small main() and its configuration

It runs on the system's Python and needs nothing but the standard library.
All that it makes lies in `.venv/`, `.venv-2.11/` and `.dev/`.
"""

import sys

if sys.version_info < (3, 10):  # noqa: UP036 -- said here, before any newer syntax is read
    sys.exit(f"Python 3.10 or later is needed; python3 is {sys.version.split()[0]}.")
