"""One object of the public view while it is put together: a package or a resource."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from .plain import label
from .rules import Rule

JSONObject = dict[str, Any]

#: Counters of visits, and the revisions of CKAN before 2.8: no part of a dataset.
NOISE = frozenset({"tracking_summary", "revision_id", "revision_timestamp"})

_EMPTY: tuple[Any, ...] = (None, "", [], {})


class View:
    """The properties found so far, and what the specification has no room for.

    :param source: the CKAN object that is shown, as plain JSON.
    """

    def __init__(self, source: JSONObject) -> None:
        self.source = source
        self.properties: JSONObject = {}
        self.kept: JSONObject = {}

    def keep(self, key: str) -> None:
        """Keep what CKAN has under a key, since the view bends it or leaves it out."""
        self.keep_value(key, self.source.get(key))

    def keep_value(self, key: str, value: Any) -> None:
        """Keep a value, unless it is empty or something is kept under the key already."""
        if value not in _EMPTY:
            self.kept.setdefault(key, value)

    def keep_foreign(self, foreign: Collection[str]) -> None:
        """Keep the fields that must not be passed on under their own names."""
        for key in self.source:
            if key in foreign:
                self.keep(key)

    def text(self, key: str) -> str:
        """What a field says as text; the original is kept if that bends it."""
        value = self.source.get(key)
        said = label(value)
        if not same(said, value):
            self.keep(key)
        return said

    def offer(self, name: str, rule: Rule, value: Any, origin: str) -> None:
        """Set a property if it is free and the value fits; keep the original if that bends it.

        :param name: the property of the data package.
        :param rule: what the property may hold.
        :param value: what to say, possibly bent already.
        :param origin: the key under which CKAN has the original.
        """
        if value is None:
            return
        said = None if name in self.properties else rule(value)
        if said is not None:
            self.properties[name] = said
        if not same(self.properties.get(name), value):
            self.keep(origin)

    def result(self, custom: JSONObject) -> JSONObject:
        """The finished object: properties first, then custom ones by name, then what was kept.

        :param custom: what is passed on as it is; never overrides a property.
        """
        done = dict(self.properties)
        for key in sorted(custom):
            if custom[key] is not None:
                done.setdefault(key, custom[key])
        if self.kept:
            done["ckan"] = dict(sorted(self.kept.items()))
        return done


def same(said: Any, value: Any) -> bool:
    """Whether the view says all that the original says, give or take blanks around it."""
    if isinstance(value, str) and isinstance(said, (str, int)) and not isinstance(said, bool):
        return str(said).strip() == value.strip()
    return type(said) is type(value) and bool(said == value)
