"""The catalogues of translated texts: read the texts from the code, merge, compile."""

from __future__ import annotations

import re
from pathlib import Path

from .common import CKANS, ROOT, run, say

LANGUAGES = ("de", "es", "fr", "ja", "pt_BR")
DOMAIN = "ckanext-versioning"
CODE = Path("ckanext/versioning")
FOLDER = CODE / "i18n"
TEMPLATE = FOLDER / f"{DOMAIN}.pot"
WIDTH = "100"

_EXTRACT = (
    "extract",
    "--mapping-file=babel.cfg",
    "--add-comments=TRANSLATORS:",
    "--add-location=file",
    "--sort-by-file",
    "--project=ckanext-versioning",
    "--version=0.1",
    "--copyright-holder=the contributors to ckanext-versioning",
    f"--width={WIDTH}",
    f"--output-file={TEMPLATE}",
    CODE,
)


def translations() -> None:
    """Bring the template and all catalogues level with the code, and compile them.

    What is new stands in the catalogues without a translation; the tests name it.
    """
    pybabel = CKANS["2.12"].venv / "bin" / "pybabel"
    _extract(pybabel)
    for language in LANGUAGES:
        catalogue = FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po"
        options = (f"--input-file={TEMPLATE}", f"--output-file={catalogue}", f"--locale={language}")
        if not (ROOT / catalogue).exists():
            run([pybabel, "init", f"--width={WIDTH}", *options])
        else:
            # a guess from a text that looks alike would pass for a translation
            exact = ("--no-fuzzy-matching", "--ignore-obsolete", "--ignore-pot-creation-date")
            run([pybabel, "update", f"--width={WIDTH}", *exact, *options])
        compiled = f"--output-file={catalogue.with_suffix('.mo')}"
        run([pybabel, "compile", f"--input-file={catalogue}", f"--locale={language}", compiled])
    say(f"translations: {', '.join(LANGUAGES)}, in {FOLDER}")


def _extract(pybabel: Path) -> None:
    """Write the template, unless nothing but its time would change."""
    template = ROOT / TEMPLATE
    before = template.read_text() if template.exists() else ""
    run([pybabel, *_EXTRACT])
    if _without_time(template.read_text()) == _without_time(before):
        template.write_text(before)


def _without_time(catalogue: str) -> str:
    return re.sub(r'"POT-Creation-Date: .*\n', "", catalogue)
