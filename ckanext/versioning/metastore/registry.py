"""From a backend's type, a word in a configuration, to the backend.

Backends of other packages announce themselves under the entry-point group
``ckanext.versioning.backends``; they are imported when they are asked for, not before.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from .backend import Backend
from .errors import InvalidOptions
from .model import JSONObject
from .store import MetaStore, identity

GROUP = "ckanext.versioning.backends"

# Ours are found without metadata too: the library works from a plain checkout.
_OWN = {
    "git": ("ckanext.versioning.metastore.backends.git", "GitBackend"),
    "memory": ("ckanext.versioning.metastore.backends.memory", "MemoryBackend"),
}
_HINTS = {"git": "install pygit2"}


def create_metastore(
    type: str,
    options: Mapping[str, Any] | None = None,
    *,
    canonical: Callable[[JSONObject], JSONObject] = identity,
    lfs_server_url: str = "",
) -> MetaStore:
    """Return a metastore over a backend of the given type.

    :param type: a name that is registered, such as ``git`` or ``memory``.
    :param options: the backend's options.
    :param canonical: see ``MetaStore``.
    :param lfs_server_url: see ``MetaStore``.
    :raises InvalidOptions: see ``create_backend``.
    """
    backend = create_backend(type, options)
    return MetaStore(backend, canonical=canonical, lfs_server_url=lfs_server_url)


def create_backend(type: str, options: Mapping[str, Any] | None = None) -> Backend:
    """Return a backend of the given type.

    :param type: a name that is registered.
    :param options: passed to the backend's class as keyword arguments.
    :raises InvalidOptions: if the type is not known, its code can't be imported, or it does not
        take these options.
    """
    backend_class = _load(type)
    given = dict(options or {})
    parameters = [
        parameter
        for parameter in inspect.signature(backend_class).parameters.values()
        if parameter.kind in (parameter.KEYWORD_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    ]
    known = ", ".join(parameter.name for parameter in parameters) or "none"
    unknown = sorted(set(given) - {parameter.name for parameter in parameters})
    if unknown:
        raise InvalidOptions(type, f"unknown option {unknown[0]!r}; it takes: {known}")
    for parameter in parameters:
        if parameter.default is parameter.empty and parameter.name not in given:
            raise InvalidOptions(type, f"missing option {parameter.name!r}; it takes: {known}")
    return backend_class(**given)


def backend_types() -> list[str]:
    """Return the names of all registered backends, sorted; none is imported."""
    return sorted({*_OWN, *(point.name for point in entry_points(group=GROUP))})


def _load(type: str) -> Callable[..., Backend]:
    try:
        if type in _OWN:
            module, name = _OWN[type]
            loaded = getattr(import_module(module), name)
        else:
            points = list(entry_points(group=GROUP, name=type)) if isinstance(type, str) else []
            if not points:
                known = ", ".join(backend_types())
                raise InvalidOptions(str(type), f"no such type; known are: {known}")
            loaded = points[0].load()
    except (ImportError, AttributeError) as error:
        hint = _HINTS.get(type, "install what the package that provides it asks for")
        raise InvalidOptions(type, f"can't be imported ({error}); {hint}") from error
    if not (inspect.isclass(loaded) and issubclass(loaded, Backend)):
        raise InvalidOptions(type, f"{loaded!r} is not a Backend")
    return loaded
