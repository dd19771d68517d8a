"""The pages in a real browser: one story from log-in to undo, every page on every theme."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from ckan.tests import factories
from playwright.sync_api import expect, sync_playwright

from ckanext.versioning.recording.metastore import get_metastore
from ckanext.versioning.tests.logic.api import make_history
from ckanext.versioning.tests.views import browsing

PASSWORD = "correct horse battery"

PAGES = {
    "dataset": "/dataset/{name}",
    "history": "/dataset/{name}/history",
    "history filtered": "/dataset/{name}/history?changed=field:title&since=2020-01-01",
    "revision": "/dataset/{name}/revision/v1",
    "latest": "/dataset/{name}/revision/head",
    "resource": "/dataset/{name}/revision/v1/resource/{resource}",
    "compare": "/dataset/{name}/compare/{first}...{last}",
    "versions": "/dataset/{name}/versions",
    "new version": "/dataset/{name}/versions/new",
    "edit version": "/dataset/{name}/versions/v1/edit",
    "delete version": "/dataset/{name}/versions/v1/delete",
    "restore": "/dataset/{name}/revert/v1",
    "restore all": "/dataset/{name}/revert/v1?full=1",
    "edit dataset": "/dataset/edit/{name}",
    "admin": "/ckan-admin/versioning",
}
# CKAN's own page, to which we add little.
NOT_OURS = ("edit dataset",)


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = browsing.launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def servers(request, tmp_path_factory):
    """Start a CKAN of a theme when it is asked for; end them all at the end."""
    ini, folder = request.config.getoption("--ckan-ini"), tmp_path_factory.mktemp("ckan")
    running = {}
    with ExitStack() as stack:

        def start(theme):
            if not browsing.has_theme(theme):
                pytest.skip(f"the CKAN that is installed has no theme {theme}")
            if theme not in running:
                running[theme] = stack.enter_context(browsing.server(ini, folder, theme))
            return running[theme]

        yield start


@pytest.fixture(params=list(browsing.THEMES))
def url(request, servers, versioning):
    return servers(request.param)


@pytest.fixture
def publisher(organization, made):
    """A sysadmin who can log in; she sees all that editors see."""
    if "publisher" not in made:
        made["publisher"] = factories.Sysadmin(password=PASSWORD)
    return made["publisher"]


@pytest.fixture
def open_page(browser):
    """Open windows with a session of their own, closed at the end."""
    contexts = []

    def open_page(**options):
        contexts.append(browser.new_context(viewport=browsing.WIDE, **options))
        return contexts[-1].new_page()

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("scripts", [True, False], ids=["JavaScript", "no JavaScript"])
def test_the_story(servers, publisher, organization, open_page, scripts):
    """Edit with a message, see it, compare, name it, look at the old one, restore it, undo."""
    url = servers("classic")
    history = make_history(organization, title="Prices", notes="Yearly", resources=[{"name": "a"}])
    page = open_page(java_script_enabled=scripts)
    complaints = browsing.complaints(page)
    browsing.log_in(page, url, publisher, PASSWORD)

    page.goto(f"{url}/dataset/edit/{history.name}")
    page.fill("#field-notes", "Monthly")
    page.fill("#field-revision-message", "Say how often")
    page.click(".form-actions button.btn-primary[name=save]")
    page.click("text=History (2)")
    line = page.locator(".versioning-line").first
    expect(line).to_contain_text("Say how often")
    expect(line).to_contain_text("Description")

    page.click("text=Compare the chosen two")
    expect(page.locator(".versioning-changes")).to_contain_text("Yearly")
    expect(page.locator(".versioning-changes")).to_contain_text("Monthly")

    page.goto(f"{url}/dataset/{history.name}/history")
    page.locator(".versioning-line").first.locator("text=Name it").click()
    page.fill("#field-name", "v1.0")
    page.fill("#field-description", "The first one")
    page.click("button:has-text('Name this version')")
    expect(page.locator(".flash-messages")).to_contain_text("v1.0")
    expect(page.locator(".versioning-tags")).to_contain_text("The first one")

    page.goto(f"{url}/dataset/{history.name}")
    expect(page.locator(".primary h1")).to_contain_text("v1.0")
    page.click("text=History (2)")
    page.locator(".versioning-line").last.locator(".versioning-message").click()
    expect(page.locator(".versioning-banner")).to_contain_text("an old version")
    expect(page.locator(".notes")).to_contain_text("Yearly")

    page.click("text=Restore this version")
    expect(page.locator(".versioning-changes")).to_contain_text("Yearly")
    page.fill("#field-message", "Once a year is enough")
    page.click("button:has-text('Restore this version')")
    expect(page.locator(".flash-messages")).to_contain_text("is restored")
    expect(page.locator(".versioning-line").first).to_contain_text("Once a year is enough")

    page.locator(".flash-messages").get_by_text("Undo").click()
    page.click("button:has-text('Restore this version')")
    expect(page.locator(".flash-messages")).to_contain_text("is restored")
    assert [revision.info.action for revision in history.revisions] == [
        "create",
        "update",
        "revert",
        "revert",
    ]
    assert history.show()["notes"] == "Monthly"
    assert complaints == []


def test_every_page(url, shared, publisher, open_page):
    """No console errors, nothing beyond the window, nothing that axe-core finds serious."""
    addresses = {
        "name": shared.name,
        "resource": shared.dataset["resources"][0]["id"],
        "first": shared.ids[0],
        "last": shared.ids[-1],
    }
    page = open_page()
    browsing.log_in(page, url, publisher, PASSWORD)
    complaints = browsing.complaints(page)
    found = {}
    for name, path in PAGES.items():
        complaints.clear()
        page.set_viewport_size(browsing.WIDE)
        assert page.goto(url + path.format(**addresses)).status == 200, name
        if name not in NOT_OURS:
            found[name] = browsing.overflowing(page) + browsing.violations(page)
            page.set_viewport_size(browsing.NARROW)
            found[name] += browsing.overflowing(page)
        found[name] = found.get(name, []) + complaints
    assert {name: list_ for name, list_ in found.items() if list_} == {}


def test_an_error_page(url, shared, open_page):
    page = open_page()
    assert page.goto(f"{url}/dataset/{shared.name}/revision/v99").status == 404
    assert browsing.overflowing(page) + browsing.violations(page) == []


def test_by_keyboard_alone(servers, shared, open_page):
    """Choose two revisions and compare them; what has the focus is seen to have it."""
    url = servers("classic")
    page = open_page()
    page.goto(f"{url}/dataset/{shared.name}/history")
    page.locator("summary:has-text('Filter')").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#versioning-changed")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#versioning-changed")).to_be_hidden()

    page.keyboard.press("Tab")
    expect(page.locator("button:has-text('Compare the chosen two')")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("input[name=to]").first).to_be_focused()
    outline = "element => getComputedStyle(element.closest('label')).outlineStyle"
    assert page.locator("input[name=to]").first.evaluate(outline) == "solid"
    while not page.locator("input[name=from]").nth(1).evaluate("e => e === document.activeElement"):
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    expect(page.locator("input[name=from]").nth(2)).to_be_checked()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/compare/{shared.ids[0]}...{shared.ids[2]}")
    expect(page.locator(".versioning-changes")).to_contain_text("Three")


def test_only_pairs_can_be_chosen(servers, shared, open_page):
    """The columns offer what is earlier on the left, what is later on the right."""
    url = servers("classic")
    page = open_page()
    page.goto(f"{url}/dataset/{shared.name}/history")
    expect(page.locator("input[name=from]").nth(0)).to_be_hidden()
    expect(page.locator("input[name=to]").nth(1)).to_be_hidden()
    page.locator("input[name=from]").nth(2).check()
    expect(page.locator("input[name=to]").nth(1)).to_be_visible()


def test_an_id_is_copied(servers, shared, open_page):
    url = servers("classic")
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"{url}/dataset/{shared.name}/history")
    page.locator(".versioning-line").first.get_by_role("button", name="Copy").click()
    expect(page.locator(".versioning-line").first.get_by_role("status")).to_contain_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == shared.ids[-1]


def test_right_to_left(servers, shared, open_page):
    """In Arabic nothing of ours reaches beyond the window, and choices are on the right."""
    url = servers("classic")
    page = open_page()
    page.set_viewport_size(browsing.NARROW)
    for path in ("history", "revision/v1", "versions", f"compare/{shared.ids[0]}...head"):
        page.goto(f"{url}/ar/dataset/{shared.name}/{path}")
        assert page.locator("html").get_attribute("dir") == "rtl"
        assert browsing.overflowing(page) == []
    page.goto(f"{url}/ar/dataset/{shared.name}/history")
    line = page.locator(".versioning-line").first
    picks = line.locator(".versioning-picks").bounding_box()
    body = line.locator(".versioning-line-body").bounding_box()
    assert picks["x"] > body["x"]


def test_values_run_no_script(servers, organization, open_page):
    """What people write stays text, in old revisions too."""
    url = servers("classic")
    attack = (
        "<img src=x onerror=\"document.title='caught'\"><script>document.title='caught'</script>"
    )
    history = make_history(organization, title=attack, notes=attack, resources=[{"name": attack}])
    history.patch(title="Harmless", notes=attack * 2)
    get_metastore().tag_create(history.id, "v1", description=attack)
    (resource,) = history.dataset["resources"]
    first = history.ids[0]
    page = open_page()
    for path in (
        "history",
        f"revision/{first}",
        f"revision/{first}/resource/{resource['id']}",
        f"compare/{first}...head",
        "versions",
    ):
        page.goto(f"{url}/dataset/{history.name}/{path}")
        page.wait_for_load_state("networkidle")
        assert page.title() != "caught"
        assert page.locator("[onerror]").count() == 0
