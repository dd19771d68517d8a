"""CKAN's dataset dict as a Frictionless Data Package: the public view of a dataset.

The mapping is that of ``frictionless_ckan_mapper``. Around it, what makes the mapper raise or bend
is taken out before and put in its place after, so that every dataset has a view and every view
keeps to the specification (Data Package v1). What the specification has no room for, or only in
another shape, stands as CKAN has it under the custom property ``ckan``.
"""

from __future__ import annotations

import re
from typing import Any

from frictionless_ckan_mapper import ckan_to_frictionless

from . import paths, rules
from .plain import label, plain, unfold
from .resources import ResourceView, as_list, resource_names, slug
from .view import JSONObject, View

#: CKAN's own fields: an extra of that name does not replace them.
_CORE = frozenset(
    """id name title notes url version author author_email maintainer maintainer_email license_id
    license_title license_url isopen type private state owner_org organization creator_user_id
    metadata_created metadata_modified num_resources num_tags plugin_data extras tags groups
    resources relationships_as_subject relationships_as_object""".split()
)
_TEXTS = ("title", "notes", "url", "version", "author", "maintainer", "license_title")
_LICENSE = {"license_id": "name", "license_title": "title", "license_url": "path"}
_RENAMED = {"description": "notes", "homepage": "url", "keywords": "tags"}
#: Not for the public: CKAN shows plugin_data to sysadmins only.
_PRIVATE = frozenset({"plugin_data"})
_RESERVED = frozenset(rules.PACKAGE) | rules.FOREIGN


def to_datapackage(dataset: JSONObject) -> JSONObject:
    """The public view of a dataset.

    :param dataset: a dataset dict as CKAN's ``package_show`` gives it, or any other JSON object,
        however odd. It is not changed.
    :returns: a data package, valid under the Data Package specification v1 (profile
        ``data-package``). Strict JSON; shares nothing with the input. Without resources its list
        of resources is empty.
    """
    view = _PackageView(plain(dataset))
    mapped = ckan_to_frictionless.dataset(view.mapper_input())
    return view.finish(mapped)


class _PackageView(View):
    def __init__(self, source: JSONObject) -> None:
        extras = source.pop("extras", None)
        super().__init__(source)
        self._unfold_extras(extras)
        listed = as_list(source.get("resources"))
        self._resources = [ResourceView(item) for item in listed if isinstance(item, dict)]
        if len(self._resources) != len(as_list(source.get("resources"))) or not isinstance(
            source.get("resources", []), list
        ):
            self.keep("resources")
        self._given: JSONObject = {}

    def mapper_input(self) -> JSONObject:
        """The dataset as the mapper takes it without raising or bending it."""
        skipped = _CORE | _RESERVED | _PRIVATE
        given = {key: value for key, value in self.source.items() if key not in skipped}
        for key in _PASSED:
            if key in self.source:
                given[key] = self.source[key]
        for key in _TEXTS:
            given[key] = self._text(key)
        for key in ("author", "maintainer"):
            address = rules.email(self.source.get(f"{key}_email"))
            if address != self.source.get(f"{key}_email"):
                self.keep(f"{key}_email")
            # The mapper drops an address without a name.
            given[key] = given[key].strip() or address
            given[f"{key}_email"] = address
        given["license_id"] = rules.license_name(self.source.get("license_id"))
        given["license_url"] = paths.path(label(self.source.get("license_url")))
        if given["license_id"] != self.source.get("license_id"):
            given["license_title"] = (
                given["license_title"] or label(self.source["license_id"])
                if self.source.get("license_id") is not None
                else given["license_title"]
            )
            self.keep("license_id")
        if given["license_url"] != self.source.get("license_url"):
            self.keep("license_url")
        given["tags"] = self._tags()
        given["resources"] = [resource.mapper_input() for resource in self._resources]
        self._given = given
        return dict(given)

    def finish(self, mapped: JSONObject) -> JSONObject:
        """The data package.

        :param mapped: what the mapper made of :meth:`mapper_input`.
        """
        self.properties["profile"] = "data-package"
        self._name()
        self.offer("id", _nonempty, self.source.get("id"), "id")
        self.offer("title", rules.text, self.source.get("title"), "title")
        mapped["licenses"] = self._licenses(mapped["licenses"])
        for key, rule in rules.PACKAGE.items():
            if key != "version":
                self.offer(key, rule, mapped.get(key) or None, _RENAMED.get(key, key))
            self.offer(key, rule, self.source.get(key), key)
        self.offer("created", rules.created, self.source.get("metadata_created"), "")
        for key in self.source:
            if key in rules.FOREIGN:
                self.keep(key)
        if not self.source.get("owner_org"):
            self.keep("organization")
        custom = {key: mapped[key] for key in mapped if key not in _RESERVED | {"resources"}}
        done = self.result(custom)
        names = resource_names(mapped["resources"])
        done["resources"] = [
            resource.finish(item, name)
            for resource, item, name in zip(self._resources, mapped["resources"], names)
        ]
        return done

    def _unfold_extras(self, extras: Any) -> None:
        """Make extras fields of the dataset, but for those whose place is taken."""
        if isinstance(extras, dict):
            extras = [{"key": key, "value": value} for key, value in extras.items()]
        left = []
        for extra in as_list(extras):
            key = extra.get("key") if isinstance(extra, dict) else None
            if isinstance(key, str) and key and key not in _CORE and key not in self.source:
                self.source[key] = unfold(extra.get("value"))
            else:
                left.append(extra)
        self.keep_value("extras", left if isinstance(extras, list) else extras)

    def _text(self, key: str) -> str:
        value = self.source.get(key)
        said = label(value)
        if said != value:
            self.keep(key)
        return said

    def _tags(self) -> list[JSONObject]:
        tags = self.source.get("tags")
        names = [tag.get("name") if isinstance(tag, dict) else tag for tag in as_list(tags)]
        found = [label(name) for name in names]
        if found != names or not isinstance(tags, (list, type(None))):
            self.keep("tags")
        return [{"name": name} for name in found if name.strip()]

    def _licenses(self, licenses: list[JSONObject]) -> list[JSONObject] | None:
        """Without what the mapper says where CKAN says nothing ("no_license_path")."""
        found = dict(licenses[0])
        for key, name in _LICENSE.items():
            if not self._given.get(key):
                found.pop(name, None)
        return rules.licenses([found]) if found else None

    def _name(self) -> None:
        name = label(self.source.get("name"))
        if not re.fullmatch(r"[-a-z0-9._/]+", name):
            name = slug(name) or slug(label(self.source.get("id")))
        if name:
            self.properties["name"] = name
        if name != self.source.get("name"):
            self.keep("name")


_PASSED = (
    "id name private state owner_org creator_user_id metadata_created metadata_modified groups "
    "relationships_as_subject relationships_as_object"
).split()


def _nonempty(value: Any) -> str | None:
    return label(value) or None
