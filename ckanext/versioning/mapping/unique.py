"""Names made unique."""

from __future__ import annotations


def unique(wanted: list[str]) -> list[str]:
    """The names, those that occur more than once with a number.

    :param wanted: names.
    :returns: a name for each, in the same order, all different. A name is left as it is where it
        stands first.
    """
    reserved = set(wanted)
    taken: set[str] = set()
    names = []
    for name in wanted:
        found, number = name, 1
        while found in taken or (found != name and found in reserved):
            number += 1
            found = f"{name}-{number}"
        taken.add(found)
        names.append(found)
    return names
