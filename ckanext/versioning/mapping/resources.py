"""CKAN's resources as those of a data package, around the mapper."""

from __future__ import annotations

import re

from . import paths, rules
from .captured import CapturedFile, file_name
from .mapper import map_name
from .plain import label, unfold
from .unique import unique
from .view import NOISE, JSONObject, View, same

#: CKAN's own text fields: text that starts like JSON is none there.
_TEXTS = frozenset({"description", "format", "hash", "id", "url_type", "resource_type"})
#: What the mapper renames; the name of CKAN comes first, a custom field of the new name second.
_RENAMED = {"bytes": "size", "mediatype": "mimetype"}
#: The mapper parses text that starts like this, and raises on some of it.
_LIKE_JSON = ("{", "[")
#: That a file is kept is said of captured files only: no field of CKAN's may say so.
_FOREIGN = rules.FOREIGN | {"kept"}
#: Put in their places here rather than passed through the mapper.
_PLACED = (
    (frozenset(rules.RESOURCE) - _TEXTS) | _FOREIGN | {"name", "url", "path", "size", "mimetype"}
)
_DONE = _PLACED | frozenset(rules.RESOURCE) | {"original_name"}


class ResourceView(View):
    """A resource on its way into the public view.

    :param source: the resource as CKAN has it, as plain JSON.
    :param file: what is known of its file, if anything.
    """

    def __init__(self, source: JSONObject, file: CapturedFile | None = None) -> None:
        super().__init__(source)
        self._file = file
        self._held: JSONObject = {}
        self._label = label(source.get("name")).strip()
        self._path = self._find_path()

    def mapper_input(self) -> JSONObject:
        """The resource as the mapper takes it without raising or bending it."""
        given: JSONObject = {}
        for key, value in self.source.items():
            if key in _PLACED or key in NOISE:
                continue
            if key in _TEXTS and value is not None:
                self._held[key] = self.text(key)
            elif key == "original_name":
                self._held[key] = value
            elif isinstance(value, str) and value.lstrip().startswith(_LIKE_JSON):
                self._held[key] = unfold(value)
            else:
                given[key] = value
        name = self._label.lstrip("[{ \t")
        if name:
            given["name"] = name
        given["size"] = rules.size(self.source.get("size"))
        given["mimetype"] = rules.mediatype(self.source.get("mimetype"))
        given["url"] = self._path
        return given

    def finish(self, mapped: JSONObject, name: str, folder: str) -> JSONObject:
        """The resource of the data package.

        :param mapped: what the mapper made of :meth:`mapper_input`.
        :param name: the name that it shall have, unique in the package.
        :param folder: where its file is, if it is kept.
        """
        mapped = {**mapped, **self._held}
        original = mapped.pop("original_name", None) if "original_name" in self._held else None
        self.properties["name"] = name
        self.properties["path"] = self._path or _made_up_path(name, self.source.get("format"))
        if self._file is not None:
            self._place_file(self._file, folder)
        self._keep_url()
        self._set_title(name)
        for key, rule in rules.RESOURCE.items():
            origin = _RENAMED.get(key, key)
            self.offer(key, rule, mapped.get(key) if origin != key else None, origin)
            self.offer(key, rule, self._held.get(key, self.source.get(key)), key)
        self.keep_foreign(_FOREIGN)
        for key in ("size", "mimetype"):
            if self.source.get(key) is not None and mapped.get(_MAPPED[key]) is None:
                self.keep(key)
        custom = {key: value for key, value in mapped.items() if key not in _DONE}
        if original is not None:
            custom["original_name"] = original
        return self.result(custom)

    def _find_path(self) -> str | None:
        is_file = self.source.get("url_type") == "upload"
        found = paths.path(label(self.source.get("url")), is_file=is_file)
        return found or paths.path(label(self.source.get("path")))

    def _place_file(self, file: CapturedFile, folder: str) -> None:
        """Say of the file what was seen of its bytes, whatever CKAN says of it."""
        self.properties["kept"] = file.kept
        self.properties["bytes"] = file.size
        self.properties["hash"] = f"sha256:{file.sha256}"
        if file.kept:
            self._path = self.properties["path"] = f"{folder}/{file_name(file.name)}"

    def _keep_url(self) -> None:
        if self._path is None or not same(self._path, self.source.get("url")):
            # An empty or absent URL is kept too: it tells that the path is made up.
            self.kept["url"] = self.source.get("url")
        if not same(self._path, self.source.get("path")):
            self.keep("path")

    def _set_title(self, name: str) -> None:
        """CKAN's name of a resource is its title; what the specification calls name is a slug."""
        self.offer("title", rules.text, self.source.get("title"), "title")
        if self._label not in ("", name):
            self.properties.setdefault("title", self._label)
        said = (name, self.properties.get("title"))
        if not any(same(text, self.source.get("name")) for text in said):
            self.keep("name")


_MAPPED = {origin: key for key, origin in _RENAMED.items()}


def _made_up_path(name: str, file_format: object) -> str:
    """A path for a resource without a usable URL, from its name and format."""
    ending = label(file_format).strip().lower()
    if re.fullmatch(r"[a-z0-9]{1,8}", ending) and not name.endswith("." + ending):
        name = f"{name}.{ending}"
    return paths.relative(name) or "unnamed-resource"


def resource_names(mapped: list[JSONObject]) -> list[str]:
    """Names for the resources, unique and as the specification wants them.

    :param mapped: the resources as the mapper made them, with its own idea of their names.
    :returns: a name for each, in the same order.
    """
    return unique([slug(resource["name"]) or "unnamed-resource" for resource in mapped])


def slug(text: str) -> str:
    """The text as a name, https://specs.frictionlessdata.io/data-package/#name.

    :param text: any text; the mapper writes it in ASCII.
    :returns: a name of ``[-a-z0-9._]``, empty if nothing is left.
    """
    text = text.strip().lstrip("[{ \t")
    if text and not re.fullmatch(r"[-a-z0-9._]+", text):
        text = re.sub(r"[^-a-z0-9._]+", "-", map_name(text))
    return text if re.search(r"[a-z0-9]", text) else ""
