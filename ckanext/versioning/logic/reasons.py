"""Why a name or a reference is invalid, in the language of the caller."""

from __future__ import annotations

import ckan.plugins.toolkit as tk


def reason(code: str, arguments: dict[str, str | int]) -> str:
    """Return the reason in words.

    :param code: one of the metastore's ``REASONS``.
    :param arguments: what it names.
    """
    return str(_texts()[code]).format(**arguments)


def _texts() -> dict[str, str]:
    device = tk._("it is the name of a device on Windows, in whole or in part")
    return {
        "ambiguous": tk._("{count} changes start so; give more characters"),
        "at_sign": tk._('it contains "{text}"').format(text="@"),
        "bad_end": tk._('it ends with ".", ".git" or ".lock"'),
        "before_first": tk._("the first change was made later, at {time}"),
        "characters": tk._("it contains characters that are not allowed"),
        "contains": tk._('it contains "{text}"'),
        "control_character": tk._("it contains a blank or an invisible character"),
        "device": device,
        "empty": tk._("it is empty"),
        "empty_part": tk._("a part of it is empty"),
        "future": tk._("it is in the future"),
        "head": tk._("this word means the latest version"),
        "invisible_character": tk._("it contains a blank or an invisible character"),
        "is_file": tk._('"{path}" is a file'),
        "like_id": tk._("it looks like the id of a change"),
        "no_form": tk._("it is no id of a change, no name of a version, and no date or time"),
        "not_nfc": tk._("it is not in Unicode's composed form (NFC)"),
        "not_text": tk._("it is not text"),
        "not_unicode": tk._("it is not valid Unicode"),
        "part_device": device,
        "part_edge": tk._("it starts or ends with a dot or blank, in whole or in part"),
        "part_ends": tk._('it ends with "{text}"'),
        "part_too_long": tk._("it is longer than {limit} bytes"),
        "starts": tk._('it starts with "{text}"'),
        "too_long": tk._("it is longer than {limit} characters"),
        "too_many_bytes": tk._("it is longer than {limit} bytes"),
    }
