"""Catalogues are complete, fit the code, and are what visitors get."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

import ckanext.versioning

CODE = Path(ckanext.versioning.__file__).parent
FOLDER = CODE / "i18n"
DOMAIN = "ckanext-versioning"
LANGUAGES = ["de", "es", "fr", "ja", "pt_BR"]
UPDATE = "run `python3 -m dev translations`, translate what is new, and run it again"

# what a translation has to hold just as the text does: placeholders, and markup
FIXED = re.compile(r"\{\w*\}|%\(\w+\)\w|%[sd]|</?\w+[^>]*>")


def keys(catalogue):
    return {message.id for message in catalogue if message.id}


def texts(catalogue):
    """Return the translations by text; of a plural by the singular."""
    found = {}
    for message in catalogue:
        if message.id:
            several = not isinstance(message.id, str)
            found[message.id[0] if several else message.id] = (
                list(message.string) if several else message.string
            )
    return found


def catalogue(language) -> Catalog:
    with (FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as file:
        return read_po(file, locale=language)


@pytest.fixture(scope="module")
def in_code(tmp_path_factory):
    """Return the texts that are in the code now."""
    template = tmp_path_factory.mktemp("translations") / "now.pot"
    pybabel = Path(sys.executable).with_name("pybabel")
    subprocess.run(
        [pybabel, "extract", "--mapping-file=babel.cfg", f"--output-file={template}", CODE],
        cwd=CODE.parent.parent,
        check=True,
        capture_output=True,
        timeout=300,
    )
    with template.open("rb") as file:
        return keys(read_po(file))


def test_the_template_is_what_the_code_says(in_code):
    with (FOLDER / f"{DOMAIN}.pot").open("rb") as file:
        template = keys(read_po(file))
    assert len(template) > 300
    assert template == in_code, UPDATE


def test_there_are_the_languages():
    assert sorted(path.name for path in FOLDER.iterdir() if path.is_dir()) == LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
class TestCatalogue:
    def test_is_complete(self, language, in_code):
        found = catalogue(language)
        assert keys(found) == in_code, UPDATE
        missing = [
            message.id
            for message in found
            if message.id
            and not all(message.string if isinstance(message.string, tuple) else [message.string])
        ]
        assert missing == [], UPDATE
        assert [message.id for message in found if message.id and message.fuzzy] == []

    def test_placeholders_are_those_of_the_text(self, language):
        for message in catalogue(language):
            if not message.id:
                continue
            several = isinstance(message.id, tuple)
            # every form of a plural has to fit the last one, which has them all
            expected = Counter(FIXED.findall(message.id[-1] if several else message.id))
            for text in message.string if several else [message.string]:
                assert Counter(FIXED.findall(text)) == expected, message.id

    def test_blanks_and_ends_are_those_of_the_text(self, language):
        for message in catalogue(language):
            if not message.id or isinstance(message.id, tuple):
                continue
            assert message.string == message.string.strip()
            assert message.id.endswith(":") == message.string.endswith(":"), message.id
            assert message.id.endswith("?") == message.string.endswith("?"), message.id

    def test_is_compiled(self, language):
        with (FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.mo").open("rb") as file:
            compiled = read_mo(file)
        assert texts(compiled) == texts(catalogue(language)), UPDATE


@pytest.mark.usefixtures("versioning")
class TestPages:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_speak_the_visitors_language(self, app, language):
        answer = app.get(f"/{language}/dataset/none/timegate")
        assert answer.status_code == 404
        title = catalogue(language).get("Not found").string
        assert f"<h1>{title}</h1>" in answer.body

    def test_an_action_does_too(self, app):
        answer = app.post(
            "/de/api/3/action/dataset_revision_list", json={"dataset": "kein-datensatz"}
        )
        assert "Es gibt keinen Datensatz „kein-datensatz“" in answer.json["error"]["message"]
