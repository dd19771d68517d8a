"""CKAN's dataset dict as a Frictionless Data Package: the public view of a dataset.

The mapping is that of ``frictionless_ckan_mapper``. Around it, what makes the mapper raise or bend
is taken out before and put in its place after, so that every dataset has a view and every view
keeps to the specification (Data Package v1). What the specification has no room for, or only in
another shape, stands as CKAN has it under the custom property ``ckan``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from . import paths, rules
from .captured import CapturedFile, data_folders
from .mapper import map_dataset
from .plain import label, plain, unfold
from .resources import ResourceView, resource_names, slug
from .view import NOISE, JSONObject, View, same

#: CKAN's own fields that the mapper takes as they are.
_PASSED = frozenset(
    {
        "id",
        "name",
        "private",
        "state",
        "owner_org",
        "creator_user_id",
        "metadata_created",
        "metadata_modified",
        "groups",
        "relationships_as_subject",
        "relationships_as_object",
    }
)
_TEXTS = ("title", "notes", "url", "version", "author", "maintainer", "license_title")
#: CKAN's own fields: an extra of that name does not replace them.
_CORE = _PASSED.union(
    _TEXTS,
    ("author_email", "maintainer_email", "license_id", "license_url", "isopen", "type"),
    ("organization", "num_resources", "num_tags", "plugin_data", "extras", "tags", "resources"),
)
_LICENSE = {"license_id": "name", "license_title": "title", "license_url": "path"}
_RENAMED = {"description": "notes", "homepage": "url", "keywords": "tags"}
_RESERVED = frozenset(rules.PACKAGE) | rules.FOREIGN
_PLACED = _RESERVED | {"id", "name", "title"}
#: ``plugin_data`` is not for the public: CKAN shows it to sysadmins only.
_HELD_BACK = (_CORE - _PASSED) | _RESERVED | NOISE
_NO_FILES: Mapping[str, CapturedFile] = MappingProxyType({})


def to_datapackage(
    dataset: JSONObject, files: Mapping[str, CapturedFile] = _NO_FILES
) -> JSONObject:
    """The public view of a dataset.

    :param dataset: a dataset dict as CKAN's ``package_show`` gives it, or any other JSON object,
        however odd. It is not changed.
    :param files: what is known of the files of its resources, by resource id.
    :returns: a data package, valid under the Data Package specification v1 (profile
        ``data-package``). Strict JSON; shares nothing with the input. Its list of resources is
        empty where the dataset has none.
    """
    view = _PackageView(plain(dataset), files)
    return view.finish(map_dataset(view.mapper_input()))


class _PackageView(View):
    def __init__(self, source: JSONObject, files: Mapping[str, CapturedFile]) -> None:
        extras = source.pop("extras", None)
        super().__init__(source)
        self._unfold_extras(extras)
        self._given: JSONObject = {}
        listed = _as_list(source.get("resources"))
        self._resources = [
            ResourceView(item, _file(item, files)) for item in listed if isinstance(item, dict)
        ]
        if listed != source.get("resources") or len(listed) != len(self._resources):
            self.keep("resources")

    def mapper_input(self) -> JSONObject:
        """The dataset as the mapper takes it without raising or bending it."""
        given = {key: value for key, value in self.source.items() if key not in _HELD_BACK}
        given.update({key: self.text(key) for key in _TEXTS})
        given.update(self._person("author"))
        given.update(self._person("maintainer"))
        given.update(self._license())
        given["tags"] = self._tags()
        given["resources"] = [resource.mapper_input() for resource in self._resources]
        self._given = dict(given)
        return given

    def finish(self, mapped: JSONObject) -> JSONObject:
        """The data package.

        :param mapped: what the mapper made of :meth:`mapper_input`.
        """
        self.properties["profile"] = "data-package"
        self._set_name()
        self.offer("id", rules.text, self.source.get("id"), "id")
        self.offer("title", rules.text, self.source.get("title"), "title")
        mapped["licenses"] = self._without_fillers(mapped["licenses"])
        for key, rule in rules.PACKAGE.items():
            origin = _RENAMED.get(key, key)
            if key != "version":
                self.offer(key, rule, mapped.get(key) or None, origin)
            self.offer(key, rule, self.source.get(key), key)
        if "created" not in self.properties:
            self.offer("created", rules.created, self.source.get("metadata_created"), "")
        self.keep_foreign(rules.FOREIGN)
        if not self.source.get("owner_org"):
            self.keep("organization")
        resources = mapped.pop("resources")
        done = self.result({key: mapped[key] for key in mapped if key not in _PLACED})
        names = resource_names(resources)
        folders = data_folders(names)
        done["resources"] = [
            view.finish(*given)
            for view, *given in zip(self._resources, resources, names, folders, strict=True)
        ]
        return done

    def _unfold_extras(self, extras: Any) -> None:
        """Make extras fields of the dataset, but for those whose place is taken."""
        if isinstance(extras, dict):
            extras = [{"key": key, "value": value} for key, value in extras.items()]
        left = []
        for extra in _as_list(extras):
            key = extra.get("key") if isinstance(extra, dict) else None
            if isinstance(key, str) and key and key not in _CORE and key not in self.source:
                self.source[key] = unfold(extra.get("value"))
            else:
                left.append(extra)
        self.keep_value("extras", left if isinstance(extras, list) else extras)

    def _person(self, role: str) -> JSONObject:
        key = f"{role}_email"
        email = rules.email(self.source.get(key))
        if not same(email, self.source.get(key)):
            self.keep(key)
        # The mapper drops an address without a name.
        return {role: label(self.source.get(role)).strip() or email, key: email}

    def _license(self) -> JSONObject:
        name = rules.license_name(self.source.get("license_id"))
        url = paths.path(label(self.source.get("license_url")))
        title = label(self.source.get("license_title"))
        for key, said in (("license_id", name), ("license_url", url)):
            if not same(said, self.source.get(key)):
                self.keep(key)
        title = title or (label(self.source["license_id"]) if "license_id" in self.kept else "")
        return {"license_id": name, "license_url": url, "license_title": title}

    def _without_fillers(self, licenses: list[JSONObject]) -> list[JSONObject] | None:
        """Without what the mapper says where CKAN says nothing, such as "no_license_path"."""
        found = {name: licenses[0][name] for key, name in _LICENSE.items() if self._given[key]}
        return rules.licenses([found]) if found else None

    def _tags(self) -> list[JSONObject]:
        tags = self.source.get("tags")
        names = [tag.get("name") if isinstance(tag, dict) else tag for tag in _as_list(tags)]
        said = [label(name) for name in names]
        if said != names or _as_list(tags) != tags:
            self.keep("tags")
        return [{"name": name} for name in said if name.strip()]

    def _set_name(self) -> None:
        name = label(self.source.get("name"))
        if not re.fullmatch(r"[-a-z0-9._/]+", name):
            name = slug(name) or slug(label(self.source.get("id")))
        if name:
            self.properties["name"] = name
        if name != self.source.get("name"):
            self.keep("name")


def _file(resource: JSONObject, files: Mapping[str, CapturedFile]) -> CapturedFile | None:
    identifier = resource.get("id")
    return files.get(identifier) if isinstance(identifier, str) else None


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
