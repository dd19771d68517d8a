"""The files behind links: fetched in jobs, kept, and part of revisions."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from ckan.lib import jobs
from ckan.tests import factories
from ckan.tests.helpers import call_action
from click.testing import CliRunner
from redis.exceptions import RedisError

from ckanext.versioning.cli import get_commands
from ckanext.versioning.files import records
from ckanext.versioning.files.storage import get_blob_store
from ckanext.versioning.recording.engine import engine
from ckanext.versioning.recording.links import Outcome, capture_links
from ckanext.versioning.recording.metastore import get_metastore
from ckanext.versioning.recording.sync import sync_dataset
from ckanext.versioning.tests.files.links.server import web_site
from ckanext.versioning.tests.recording.helpers import history

pytestmark = pytest.mark.usefixtures("versioning")

OLD, NEW = b"id,price\n1,5\n", b"id,price\n1,6\n"


@pytest.fixture(scope="module")
def server():
    with web_site() as site:
        yield site


@pytest.fixture
def site(server):
    server.answers.clear()
    server.requests.clear()
    return server


@pytest.fixture(autouse=True)
def captures_links(ckan_config, monkeypatch):
    monkeypatch.setitem(ckan_config, "ckanext.versioning.capture_links", True)
    monkeypatch.setitem(ckan_config, "ckanext.versioning.link_allowed_hosts", ["127.0.0.1"])


@pytest.fixture(autouse=True)
def no_other_jobs():
    jobs.get_queue().empty()


def dataset_with(*urls):
    resources = [{"name": f"r{number}", "url": url} for number, url in enumerate(urls)]
    return factories.Dataset(resources=resources)


def run_jobs():
    """Do what a worker would, in this process; return how many jobs there were."""
    queue = jobs.get_queue()
    done = list(queue.jobs)
    queue.empty()
    for job in done:
        job.perform()
        model.Session.remove()
    return len(done)


def files(dataset, ref="head"):
    """Return the bytes of a revision's kept files, in the order of its resources."""
    found = get_metastore().dataset_read(dataset["id"], ref).files
    return [get_blob_store().open(file.sha256, size=file.size).read() for file in found]


def patch_resource(dataset, **changes):
    (resource,) = dataset["resources"]
    call_action("package_patch", id=dataset["id"], resources=[{**resource, **changes}])
    model.Session.remove()


def test_a_job_keeps_what_a_new_link_leads_to(site):
    dataset = dataset_with(site.send("/prices.csv", OLD))
    assert site.requests == []  # nobody waits for another server
    assert files(dataset) == []
    assert run_jobs() == 1
    assert files(dataset) == [OLD]
    (newest, first) = history(dataset["id"])
    assert newest.info.message == "Keep the file behind the link of r0"
    assert newest.info.author.id == ""
    (change,) = newest.info.summary.changed
    assert change.fields == ("file",)
    (resource,) = get_metastore().dataset_read(dataset["id"], "head").datapackage["resources"]
    assert resource["path"] == "data/r0/prices.csv"
    assert resource["bytes"] == len(OLD)
    assert files(dataset, first.id) == []
    assert run_jobs() == 0  # keeping a file is no change that asks for it again


def test_only_with_the_setting(site, ckan_config, monkeypatch):
    monkeypatch.setitem(ckan_config, "ckanext.versioning.capture_links", False)
    dataset = dataset_with(site.send("/prices.csv", OLD))
    assert run_jobs() == 0
    (versioning,) = get_commands()
    refused = CliRunner().invoke(versioning, ["capture-links", dataset["name"]])
    assert refused.exit_code == 1
    assert "capture_links" in refused.output
    assert site.requests == []


def test_no_change_fails_because_jobs_are_not_taken(site, monkeypatch, caplog):
    def away(*_, **__):
        raise RedisError("away")

    monkeypatch.setattr(tk, "enqueue_job", away)
    dataset = dataset_with(site.send("/prices.csv", OLD))
    assert "are not fetched: away" in caplog.text
    (fetched,) = capture_links(dataset["id"])
    assert fetched.outcome is Outcome.FETCHED


def test_other_edits_fetch_nothing_and_lose_nothing(site):
    dataset = dataset_with(site.send("/prices.csv", OLD))
    run_jobs()
    site.send("/prices.csv", NEW)
    call_action("package_patch", id=dataset["id"], title="New")
    run_jobs()
    assert len(site.requests) == 1
    assert files(dataset) == [OLD]
    assert sync_dataset(dataset["id"]).outcome.value == "unchanged"


def test_another_link(site):
    dataset = dataset_with(site.send("/old.csv", OLD))
    run_jobs()
    patch_resource(dataset, url=site.send("/new.csv", NEW))
    assert files(dataset) == []  # the old bytes are not the new link's
    run_jobs()
    assert files(dataset) == [NEW]
    assert files(dataset, "head~2") == [OLD]


@pytest.mark.parametrize("status", [200, 404])
def test_another_link_while_the_old_one_is_fetched(site, status):
    site.send("/old.csv", OLD, status)
    site.send("/new.csv", NEW)
    old = site.answers["/old.csv"]

    def slow(request):
        with engine().begin() as connection:
            resources = model.resource_table
            connection.execute(
                resources.update()
                .where(resources.c.package_id == dataset["id"])
                .values(url=site.url("/new.csv"))
            )
        capture_links(dataset["id"])  # another job is quicker
        old(request)

    site.answers["/old.csv"] = slow
    dataset = dataset_with(site.url("/old.csv"))
    run_jobs()
    assert [path for path, _ in site.requests] == ["/old.csv", "/new.csv"]
    assert files(dataset) == [NEW]
    assert sync_dataset(dataset["id"]).outcome.value == "unchanged"


def test_looking_again(site):
    dataset = dataset_with(site.send("/prices.csv", OLD, ETag='"1"'))
    run_jobs()
    site.send("/prices.csv", b"", 304)
    (same,) = capture_links(dataset["id"])
    assert same.outcome is Outcome.UNCHANGED
    assert site.requests[-1][1]["If-None-Match"] == '"1"'
    site.send("/prices.csv", OLD)  # sent again, but the same
    (same,) = capture_links(dataset["id"])
    assert same.outcome is Outcome.UNCHANGED
    assert len(history(dataset["id"])) == 2
    site.send("/prices.csv", NEW)
    (changed,) = capture_links(dataset["id"])
    assert changed.outcome is Outcome.FETCHED
    assert files(dataset) == [NEW]
    assert files(dataset, "head~1") == [OLD]


def test_a_lost_blob_is_asked_for_without_conditions(site):
    dataset = dataset_with(site.send("/prices.csv", OLD + b"lost", ETag='"1"'))
    run_jobs()
    (file,) = get_metastore().dataset_read(dataset["id"], "head").files
    get_blob_store().delete(file.sha256)
    capture_links(dataset["id"])
    assert "If-None-Match" not in site.requests[-1][1]
    assert files(dataset) == [OLD + b"lost"]


def test_a_dead_link_is_told_and_tried_again(site):
    dataset = dataset_with(site.send("/prices.csv", b"", 404), site.send("/other.csv", OLD))
    run_jobs()
    assert files(dataset) == [OLD]
    (dead, alive) = capture_links(dataset["id"])
    assert (dead.outcome, dead.reason) == (Outcome.FAILED, "the server answers 404")
    assert alive.outcome is Outcome.UNCHANGED
    site.send("/prices.csv", NEW)
    call_action("package_patch", id=dataset["id"], title="New")
    run_jobs()
    assert files(dataset) == [NEW, OLD]


def test_a_link_that_dies_keeps_its_file(site):
    dataset = dataset_with(site.send("/prices.csv", OLD))
    run_jobs()
    site.send("/prices.csv", b"", 404)
    (dead,) = capture_links(dataset["id"])
    assert dead.outcome is Outcome.FAILED
    call_action("package_patch", id=dataset["id"], title="New")
    assert files(dataset) == [OLD]


def test_not_into_the_portals_own_network(site, ckan_config, monkeypatch):
    monkeypatch.setitem(ckan_config, "ckanext.versioning.link_allowed_hosts", [])
    dataset = dataset_with(site.send("/prices.csv", OLD))
    run_jobs()
    assert site.requests == []
    (refused,) = capture_links(dataset["id"])
    assert "not public" in refused.reason


@pytest.mark.parametrize(
    ("setting", "said"),
    [("link_max_size", "more than 5"), ("max_file_size", "larger than what this portal keeps")],
)
def test_too_large(site, ckan_config, monkeypatch, setting, said):
    monkeypatch.setitem(ckan_config, f"ckanext.versioning.{setting}", 5)
    dataset = dataset_with(site.send("/prices.csv", OLD))
    (refused,) = capture_links(dataset["id"])
    assert said in refused.reason
    assert files(dataset) == []


def test_what_is_no_link_is_left_alone(site):
    url = site.send("/prices.csv", OLD)
    other = [{"name": "store", "url": url, "url_type": "datastore"}]
    dataset = factories.Dataset(resources=[*other, {"url": "ftp://127.0.0.1/x"}, {"url": ""}])
    assert capture_links(dataset["id"]) == []
    draft = factories.Dataset(state="draft", resources=[{"url": url}])
    assert capture_links(draft["id"]) == []
    assert site.requests == []


def test_many_links_make_one_revision(site):
    dataset = dataset_with(*(site.send(f"/{number}", b"%d" % number) for number in range(7)))
    run_jobs()
    newest, _first = history(dataset["id"])
    assert len(files(dataset)) == 7
    assert newest.info.message.endswith("of r0, r1, r2, r3, r4 and 2 more")


def test_the_command(site):
    one = dataset_with(site.send("/prices.csv", OLD))
    two = dataset_with(site.send("/dead.csv", b"", 404))
    (versioning,) = get_commands()

    def run(*arguments):
        result = CliRunner().invoke(versioning, ["capture-links", *arguments])
        assert result.exit_code == 0, result.output
        return result.output

    printed = run(one["name"], two["id"])
    assert "1 fetched, 1 failed" in printed
    assert "the server answers 404" in printed
    assert '"outcome": "unchanged"' in run(one["id"], "--json")
    refused = CliRunner().invoke(versioning, ["capture-links", "no-such-dataset"])
    assert refused.exit_code == 1


def test_purging_forgets_the_links(site):
    dataset = dataset_with(site.send("/prices.csv", OLD))
    run_jobs()
    call_action("dataset_purge", id=dataset["id"])
    model.Session.remove()
    assert capture_links(dataset["id"]) == []
    left = model.Session.execute(
        records.link.select().where(records.link.c.dataset_id == dataset["id"])
    )
    assert left.all() == []
