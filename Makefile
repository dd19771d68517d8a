# Everything lands in .venv/, .venv-2.11/ and .dev/; dev/__init__.py says what does what.
DEV = python3 -m dev

help:
	@echo "make demo    a CKAN at http://127.0.0.1:5000 with datasets that have a past (PORT=... for another port)"
	@echo "make test    all tests, on CKAN 2.12 and 2.11; ARGS=\"-k name\" for a few"
	@echo "make lint    ruff, mypy, import-linter"
	@echo "make up      PostgreSQL, Redis and Solr; make down stops what was started here"
	@echo "make bench   the benchmarks"
	@echo "make screenshots   the demo, and docs/screenshots/ anew"

demo:
	@$(DEV) demo $(if $(PORT),--port $(PORT))

test:
	@$(DEV) test -- $(ARGS)

lint:
	@$(DEV) lint

up down:
	@$(DEV) $@

screenshots:
	@$(DEV) screenshots $(if $(PORT),--port $(PORT))

bench: up
	@$(DEV) test-instance bench
	@CKAN_INI=.dev/test-bench.ini .venv/bin/python -m benchmarks $(ARGS)

.PHONY: help demo test lint up down bench screenshots
