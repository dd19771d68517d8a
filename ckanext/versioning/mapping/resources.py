"""CKAN's resources as those of a data package, around the mapper."""

from __future__ import annotations

import re
from typing import Any

from frictionless_ckan_mapper import ckan_to_frictionless

from . import paths, rules
from .plain import label, unfold
from .view import JSONObject, View

#: CKAN's own text fields: text that starts like JSON is no JSON there.
_TEXTS = frozenset({"description", "format", "hash", "id", "url_type", "resource_type"})
_RENAMED = {"bytes": "size", "mediatype": "mimetype"}
#: The mapper parses text that starts like this, and raises on some of it.
_LIKE_JSON = ("{", "[")


class ResourceView(View):
    """A resource on its way into the public view.

    :param source: the resource as CKAN has it, as plain JSON.
    """

    def __init__(self, source: JSONObject) -> None:
        super().__init__(source)
        self._held: JSONObject = {}
        self._title = label(source.get("name")).strip()
        self._path = self._find_path()

    def mapper_input(self) -> JSONObject:
        """The resource as the mapper takes it without raising or bending it."""
        given: JSONObject = {}
        for key, value in self.source.items():
            if key in _HANDLED:
                continue
            if key in _TEXTS and value is not None:
                self._held[key] = label(value)
                if self._held[key] != value:
                    self.keep(key)
            elif isinstance(value, str) and value.lstrip().startswith(_LIKE_JSON):
                self._held[key] = unfold(value)
            else:
                given[key] = value
        name = self._title.lstrip("[{ \t")
        if name:
            given["name"] = name
        given["size"] = rules.size(self.source.get("size"))
        given["mimetype"] = rules.mediatype(self.source.get("mimetype"))
        given["url"] = self._path
        return given

    def finish(self, mapped: JSONObject, name: str) -> JSONObject:
        """The resource of the data package.

        :param mapped: what the mapper made of :meth:`mapper_input`.
        :param name: the name that it shall have, unique in the package.
        """
        mapped = {**mapped, **self._held}
        self.properties["name"] = name
        self.properties["path"] = self._path or self._placeholder(name)
        if self._path is None or self._path != self.source.get("url"):
            # An empty or absent URL is kept too: it tells that the path is made up.
            self.kept["url"] = self.source.get("url")
        self.offer("title", rules.text, self.source.get("title"), "title")
        if self._title != name and self._title:
            self.properties.setdefault("title", self._title)
        if self.source.get("name") not in (name, self.properties.get("title")):
            self.keep("name")
        for key, rule in rules.RESOURCE.items():
            origin = _RENAMED.get(key, key)
            if origin != key:
                self.offer(key, rule, self.source.get(origin), origin)
                self.offer(key, rule, self.source.get(key), key)
            elif key != "title":
                self.offer(key, rule, mapped.get(key, self.source.get(key)), key)
        for key in self.source:
            if key in rules.FOREIGN or (key == "path" and self.source[key] != self._path):
                self.keep(key)
        return self.result({key: mapped[key] for key in mapped if key not in _DONE})

    def _find_path(self) -> str | None:
        is_file = self.source.get("url_type") == "upload"
        found = paths.path(label(self.source.get("url")), is_file=is_file)
        return found or paths.path(label(self.source.get("path")))

    def _placeholder(self, name: str) -> str:
        ending = label(self.source.get("format")).strip().lower()
        if re.fullmatch(r"[a-z0-9]{1,8}", ending) and not name.endswith("." + ending):
            name = f"{name}.{ending}"
        return paths.relative(name) or f"resource-{name.strip('./')}"


_HANDLED = frozenset(rules.RESOURCE) | rules.FOREIGN | {"name", "url", "path", "size", "mimetype"}
_HANDLED -= _TEXTS
_DONE = _HANDLED | {"original_name", "description", "format", "hash"}


def resource_names(mapped: list[JSONObject]) -> list[str]:
    """Names for the resources, unique and as the specification wants them.

    :param mapped: the resources as the mapper made them, with its own idea of their names.
    :returns: a name for each, in the same order.
    """
    wanted = [slug(resource["name"]) or "unnamed-resource" for resource in mapped]
    taken: set[str] = set()
    names = []
    for name in wanted:
        unique, number = name, 1
        while unique in taken or (unique != name and unique in wanted):
            number += 1
            unique = f"{name}-{number}"
        taken.add(unique)
        names.append(unique)
    return names


def slug(text: str) -> str:
    """The text as a name, https://specs.frictionlessdata.io/data-package/#name.

    :param text: any text; the mapper writes it in ASCII.
    :returns: a name of ``[-a-z0-9._]``, empty if nothing is left.
    """
    text = text.strip().lstrip("[{ \t")
    if not re.fullmatch(r"[-a-z0-9._]+", text):
        text = str(ckan_to_frictionless.resource({"name": text})["name"]) if text else ""
        text = re.sub(r"[^-a-z0-9._]+", "-", text)
    return text if re.search(r"[a-z0-9]", text) else ""


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
