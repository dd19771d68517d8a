"""A CKAN process of its own with given plugins, that does and times what it is told.

Reads one JSON request a line from standard input, answers with one JSON line. The parent asks
several such processes in turn, so that all meet the machine in the same mood.
"""

from __future__ import annotations

import io
import json
import re
import sys
import time
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


def main(ini: str, plugins: str, storage: str) -> None:
    from ckan.cli import load_config
    from ckan.config.middleware import make_app

    config = load_config(ini)
    config["ckan.plugins"] = plugins
    config["ckan.views.default_views"] = ""
    config["ckan.max_resource_size"] = 4096
    if storage:
        config["ckan.storage_path"] = storage
    app = make_app(config)
    flask_app = getattr(app, "_wsgi_app", app)

    import ckan.plugins.toolkit as tk
    from ckan.cli.db import _migrate_plugins
    from ckan.tests.helpers import call_action
    from werkzeug.test import Client, EnvironBuilder

    answers, sys.stdout = sys.stdout, io.StringIO()  # CKAN and plugins may print
    _migrate_plugins(apply=True)
    client = Client(app)
    with flask_app.test_request_context():
        context = {"user": tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]}
        admin = call_action("user_create", context, **_admin())
        token = call_action(
            "api_token_create", context, user=admin["id"], name="bench", expires_in=1, unit=86400
        )

    def call(action: str, data: dict[str, Any]) -> tuple[Any, float, float]:
        """Return the result, and the seconds until the answer and after it."""
        start = time.perf_counter()
        response = client.post(
            f"/api/action/{action}", json=data, headers={"Authorization": token["token"]}
        )
        answer = response.get_json()
        answered = time.perf_counter()
        response.close()
        assert answer["success"], answer
        return answer["result"], answered - start, time.perf_counter() - answered

    def create(name: str, resources: int) -> str:
        dataset, *_ = call(
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

    def update(dataset_id: str, title: str) -> tuple[float, float]:
        dataset, *_ = call("package_show", {"id": dataset_id})
        _, answered, afterwards = call("package_update", {**dataset, "title": title})
        return answered, afterwards

    def fill(dataset_id: str, revisions: int, tags: int) -> None:
        """Give a dataset a long past, without CKAN's own work."""
        from dataclasses import replace

        from ckanext.versioning.recording.metastore import get_metastore

        store = get_metastore()
        snapshot = store.dataset_read(dataset_id)
        for turn in range(revisions):
            source = {**(snapshot.source or {}), "title": f"Title {turn}"}
            revision = store.dataset_update(dataset_id, replace(snapshot, source=source))
            if turn % (revisions // tags) == 0:
                store.tag_create(dataset_id, f"v{turn}", revision.id)

    def page(path: str) -> tuple[float, float]:
        start = time.perf_counter()
        response = client.get(path)
        response.get_data()
        elapsed = time.perf_counter() - start
        response.close()
        assert response.status_code == 200, response.status
        return elapsed, 0.0

    def upload(action: str, data: dict[str, Any], path: str) -> tuple[dict[str, Any], float, float]:
        """Send a file with an action, and return what ``call`` does."""
        with open(path, "rb") as file:
            builder = EnvironBuilder(
                path=f"/api/action/{action}",
                method="POST",
                data={**data, "upload": (file, Path(path).name)},
                headers={"Authorization": token["token"]},
            )
            environ = builder.get_environ()
        start = time.perf_counter()
        response = client.open(environ)
        answer = response.get_json()
        answered = time.perf_counter()
        response.close()
        finished = time.perf_counter()
        builder.close()
        assert answer["success"], answer
        return answer["result"], answered - start, finished - answered

    def deliver(dataset_id: str) -> float:
        """Do what is left to a job, and return how many seconds it takes."""
        from ckanext.versioning.recording.drain import drain_dataset

        start = time.perf_counter()
        assert drain_dataset(dataset_id)
        return time.perf_counter() - start

    def download(url: str) -> tuple[float, int]:
        """Return how many seconds a file takes, and its size."""
        size, start = 0, time.perf_counter()
        response = client.get(urlsplit(url).path)
        for chunk in response.response:
            size += len(chunk)
        elapsed = time.perf_counter() - start
        response.close()
        assert response.status_code == 200, response.status
        return elapsed, size

    def old_url(dataset_id: str, resource_id: str) -> str:
        shown = {"dataset": dataset_id, "id": resource_id, "revision_ref": "head"}
        resource, *_ = call("resource_show_revision", shown)
        return str(resource["url"])

    def peak() -> int:
        """Return the most memory that this process ever had, in MB, and begin anew."""
        status = Path("/proc/self/status").read_text()
        Path("/proc/self/clear_refs").write_text("5")
        return int(re.findall(r"VmHWM:\s*(\d+)", status)[0]) // 1024

    operations: dict[str, Any] = {
        "create": create,
        "update": update,
        "fill": fill,
        "page": page,
        "upload": upload,
        "deliver": deliver,
        "download": download,
        "old_url": old_url,
        "peak": peak,
    }
    print(json.dumps("ready"), file=answers, flush=True)
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        print(json.dumps(operations[name](*arguments)), file=answers, flush=True)


def _admin() -> dict[str, Any]:
    name = f"bench-{uuid.uuid4()}"
    password = str(uuid.uuid4())
    return {"name": name, "email": f"{name}@example.com", "password": password, "sysadmin": True}


if __name__ == "__main__":
    main(*sys.argv[1:])
