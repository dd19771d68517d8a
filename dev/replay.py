"""Replay the past of the demo's datasets through CKAN's action API, as its users.

Run by demo.py in `.venv`: `python -m dev.replay STATE_FILE`. The state file says
how far an earlier run came; what was replayed is not replayed again.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from ckanapi import NotFound, RemoteCKAN  # type: ignore[import-untyped]
from frictionless_ckan_mapper import frictionless_to_ckan  # type: ignore[import-untyped]

DATA = Path(__file__).parent / "demo-data"
ORGANIZATION = "statistics"
LICENSES = {"odc-pddl-1.0": "odc-pddl", "pddl": "odc-pddl", "odc-pddl": "odc-pddl"}

Dict = dict[str, Any]


def to_ckan(datapackage: Dict) -> Dict:
    """The dataset of a datapackage.json, which may be of any year since 2012."""
    source = dict(datapackage)
    if isinstance(source.get("license"), str):  # before `licenses` came
        source["licenses"] = [{"name": source.pop("license")}]
    dataset: Dict = frictionless_to_ckan.package(source)
    license_id = str(dataset.get("license_id") or dataset.pop("licenses", ""))
    dataset["license_id"] = LICENSES.get(license_id.lower(), license_id)
    dataset.pop("license_title", None)  # CKAN derives these two
    dataset.pop("license_url", None)
    dataset["owner_org"] = ORGANIZATION
    dataset["extras"] = [
        {"key": extra["key"], "value": str(extra["value"])}
        for extra in dataset.get("extras", [])
        if extra["value"] not in (None, "")
    ]
    dataset["resources"] = [
        to_ckan_resource(resource, dataset["name"]) for resource in dataset.get("resources", [])
    ]
    return dataset


def to_ckan_resource(resource: Dict, dataset: str) -> Dict:
    path = str(resource["url"])
    return {
        **resource,
        "name": resource.get("name") or Path(path).stem,
        "format": resource.get("format") or "csv",
        "url": path if "://" in path else f"https://github.com/datasets/{dataset}/raw/HEAD/{path}",
    }


def keep_identity(new: Dict, current: Dict) -> None:
    """A resource of the same name is the same resource; an uploaded file stays."""
    by_name = {resource["name"]: resource for resource in current["resources"]}
    for resource in new["resources"]:
        known = by_name.get(resource["name"])
        if known:
            resource["id"] = known["id"]
            if known.get("url_type") == "upload":
                resource.update(url=known["url"], url_type="upload", size=known.get("size"))


def replay(api: RemoteCKAN, name: str, revision: Dict) -> None:
    """Make CKAN's dataset what it was at that revision, in one or two calls."""
    message = revision["message"]
    dataset = to_ckan(revision["datapackage"])
    try:
        current = api.action.package_show(id=name)
    except NotFound:
        current = api.action.package_create(**dataset, revision_message=message)
    else:
        keep_identity(dataset, current)
        current = api.action.package_update(**dataset, id=current["id"], revision_message=message)
    for path, file in revision.get("files", {}).items():
        position = [r["path"] for r in revision["datapackage"]["resources"]].index(path)
        resource = current["resources"][position]
        upload(api, resource, Path(path).name, DATA / "files" / file, message)
    if "tag" in revision:
        tags = [tag["name"] for tag in api.action.dataset_tag_list(dataset=name)]
        if revision["tag"]["name"] not in tags:
            api.action.dataset_tag_create(dataset=name, **revision["tag"])


def upload(api: RemoteCKAN, resource: Dict, name: str, file: Path, message: str) -> None:
    with file.open("rb") as content:
        api.call_action(
            "resource_patch",
            {"id": resource["id"], "revision_message": message},
            files={"upload": (name, content)},
        )


def prepare(admin: RemoteCKAN, state: Dict) -> None:
    """An editor, and the organization that owns the datasets."""
    users = [user["name"] for user in admin.action.user_list()]
    if "editor" not in users:
        admin.action.user_create(
            name="editor",
            fullname="Edith Editor",
            email="editor@example.org",
            password=state["editor_password"],
        )
    if ORGANIZATION not in admin.action.organization_list():
        admin.action.organization_create(
            name=ORGANIZATION,
            title="Office of Statistics",
            users=[{"name": "editor", "capacity": "editor"}],
        )
    if "editor_token" not in state:
        token = admin.action.api_token_create(user="editor", name="demo")
        state["editor_token"] = token["token"]


def main(state_file: Path) -> None:
    state = json.loads(state_file.read_text())
    done: dict[str, int] = state.setdefault("replayed", {})

    def save() -> None:
        state_file.write_text(json.dumps(state, indent=2))

    admin = RemoteCKAN(state["url"], apikey=state["admin_token"])
    prepare(admin, state)
    save()
    editor = RemoteCKAN(state["url"], apikey=state["editor_token"])
    for file in sorted(DATA.glob("*.jsonl")):
        name = file.stem
        revisions = [json.loads(line) for line in file.read_text().splitlines()]
        for number, revision in enumerate(revisions):
            if number < done.get(name, 0):
                continue
            # Who merges is the sysadmin; the editor does the rest.
            user = admin if revision["message"].startswith("Merge") else editor
            replay(user, name, revision)
            done[name] = number + 1
            save()
        print(f"{name}: {done[name]} commits", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
