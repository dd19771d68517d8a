"""A CKAN process of its own with given plugins, that does and times what it is told.

Reads one JSON request a line from standard input, answers with one JSON line. The parent asks
several such processes in turn, so that all meet the machine in the same mood.
"""

from __future__ import annotations

import io
import json
import sys
import time
from typing import Any


def main(ini: str, plugins: str) -> None:
    from ckan.cli import load_config
    from ckan.config.middleware import make_app

    config = load_config(ini)
    config["ckan.plugins"] = plugins
    config["ckan.views.default_views"] = ""
    app = make_app(config)
    flask_app = getattr(app, "_wsgi_app", app)

    import ckan.plugins.toolkit as tk
    from ckan import model
    from ckan.cli.db import _migrate_plugins

    answers, sys.stdout = sys.stdout, io.StringIO()  # CKAN and plugins may print
    _migrate_plugins(apply=True)
    with flask_app.test_request_context():
        user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]

    def call(action: str, data: dict[str, Any]) -> Any:
        return tk.get_action(action)({"user": user, "ignore_auth": True}, data)

    def create(name: str, resources: int) -> str:
        dataset = call(
            "package_create",
            {
                "name": name,
                "title": name,
                "notes": "Some words about it. " * 20,
                "tags": [{"name": "one"}, {"name": "two"}, {"name": "three"}],
                "extras": [{"key": f"key {n}", "value": f"value {n}"} for n in range(5)],
                "resources": [
                    {"url": f"http://example.com/{n}.csv", "name": f"r{n}", "format": "CSV"}
                    for n in range(resources)
                ],
            },
        )
        return str(dataset["id"])

    def update(dataset_id: str, title: str) -> float:
        dataset = call("package_show", {"id": dataset_id})
        model.Session.remove()
        dataset["title"] = title
        start = time.perf_counter()
        call("package_update", dataset)
        elapsed = time.perf_counter() - start
        model.Session.remove()
        return elapsed

    def page(path: str) -> float:
        client = flask_app.test_client()
        start = time.perf_counter()
        response = client.get(path)
        response.get_data()
        elapsed = time.perf_counter() - start
        assert response.status_code == 200, response.status
        return elapsed

    operations = {"create": create, "update": update}
    print(json.dumps("ready"), file=answers, flush=True)
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        if name == "page":
            result: Any = page(*arguments)
        else:
            with flask_app.test_request_context():
                result = operations[name](*arguments)
        print(json.dumps(result), file=answers, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
