"""Pictures of every page of the demo, on one theme, wide and narrow.

Run by screenshots.py in `.venv`: `python -m dev.shoot STATE_FILE URL THEME`.
"""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from PIL import Image
from playwright.sync_api import Page, Route, ViewportSize, sync_playwright

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
DATASET = "gold-prices"
# A page goes on below; what is told is at its top.
HEIGHT = 1300
WINDOWS: dict[str, ViewportSize] = {
    "wide": {"width": 1280, "height": 900},
    "narrow": {"width": 360, "height": 740},
}
COLOURS = 64
CHROMIUM = (
    "--no-sandbox --disable-gpu --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()


def pages(url: str) -> dict[str, str]:
    """The paths of the pages by the names of their pictures."""
    revisions = _call(url, "dataset_revision_list", dataset=DATASET)
    tags = [tag["name"] for tag in _call(url, "dataset_tag_list", dataset=DATASET)]
    of = f"/dataset/{DATASET}"
    changes = [
        (revision["id"], change)
        for revision in revisions[1:]
        for change in revision["summary"]["resources_changed"]
    ]
    # the first one with another file, where files were kept already
    revision, change = min(changes, key=lambda item: "file" not in item[1]["fields"])
    resource = change["id"]
    return {
        "dataset": of,
        "history": f"{of}/history",
        "history-filtered": f"{of}/history?changed=field:license_id",
        "revision": f"{of}/revision/{tags[-1]}",
        "latest": f"{of}/revision/head",
        "resource": f"{of}/revision/{revision}/resource/{resource}",
        "compare": f"{of}/compare/{tags[-1]}...{tags[0]}",
        "versions": f"{of}/versions",
        "version-new": f"{of}/versions/new",
        "version-edit": f"{of}/versions/{tags[0]}/edit",
        "version-delete": f"{of}/versions/{tags[0]}/delete",
        "restore": f"{of}/revert/{revision}",
        "dataset-form": f"/dataset/edit/{DATASET}#field-revision-message",
        "admin": "/ckan-admin/versioning",
        "not-found": f"{of}/revision/v99",
    }


def shoot(page: Page, url: str, theme: str) -> None:
    """Write the picture of every page."""
    for name, path in pages(url).items():
        for window, size in WINDOWS.items():
            page.set_viewport_size(size)
            page.goto("about:blank")  # or the same page with another # would not be loaded
            page.goto(url + path, wait_until="networkidle")
            whole = page.evaluate("document.documentElement.scrollHeight")
            if "#" in path:
                picture = page.screenshot()
            else:
                picture = page.screenshot(
                    full_page=True,
                    clip={"x": 0, "y": 0, "width": size["width"], "height": min(whole, HEIGHT)},
                )
            _save(picture, FOLDER / f"{theme}-{name}-{window}.png")


def _no_gravatar(route: Route) -> None:
    """Whoever makes pictures may have no net, and a broken image is no picture."""
    route.fulfill(content_type="image/svg+xml", body='<svg xmlns="http://www.w3.org/2000/svg"/>')


def _save(picture: bytes, file: Path) -> None:
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    few = image.quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(file, optimize=True)


def _call(url: str, action: str, **parameters: str) -> Any:
    query = "&".join(f"{key}={value}" for key, value in parameters.items())
    with urlopen(f"{url}/api/3/action/{action}?{query}", timeout=60) as answer:
        return json.load(answer)["result"]


def main(state_file: str, url: str, theme: str) -> None:
    state = json.loads(Path(state_file).read_text())
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        page = browser.new_page()
        page.route(re.compile("gravatar[.]com/"), _no_gravatar)
        page.goto(f"{url}/user/login")
        page.fill("#field-login", "admin")
        page.fill("#field-password", state["admin_password"])
        page.press("#field-password", "Enter")
        page.wait_for_url(lambda address: "/user/login" not in address)
        shoot(page, url, theme)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
