"""The README's examples do what they say; commands it names exist."""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from ckan import model
from ckan.common import config_declaration
from ckan.tests import factories
from ckan.tests.helpers import call_action
from click.testing import CliRunner

from ckanext.versioning.cli import get_commands
from ckanext.versioning.logic.action import _MODULES
from ckanext.versioning.tests.recording.helpers import history

README = Path(__file__).parents[3] / "README.md"

pytestmark = [
    pytest.mark.usefixtures("versioning"),
    pytest.mark.skipif(not README.exists(), reason="only a checkout has a README"),
]


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README.read_text(), re.M | re.S)


@pytest.fixture
def gold_prices():
    package = model.Package.get("gold-prices")
    if package is not None:
        call_action("dataset_purge", context={"user": factories.Sysadmin()["name"]}, id=package.id)
    dataset = factories.Dataset(name="gold-prices", notes="Prices of gold.")
    call_action("package_patch", id=dataset["id"], title="Gold prices")
    return dataset


@pytest.fixture
def site(ckan_config):
    """A CKAN that serves HTTP, as its own process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    ckan = str(Path(sys.executable).with_name("ckan"))
    options = ["--host", "127.0.0.1", "--port", str(port), "--disable-reloader"]
    process = subprocess.Popen([ckan, "-c", ckan_config["__file__"], "run", *options])
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{url}/api/3/action/status_show", process)
        yield url
    finally:
        process.terminate()
        process.wait()


def _wait_for(url: str, process: subprocess.Popen, tries: int = 600) -> None:
    for _ in range(tries):
        assert process.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(url, timeout=60):
                return
        except OSError:
            try:
                process.wait(0.2)
            except subprocess.TimeoutExpired:
                continue
    pytest.fail(f"{url} does not answer")


def test_the_api_examples(gold_prices, site):
    token = factories.APIToken(user=factories.Sysadmin()["name"])["token"]
    result = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(blocks("sh"))],
        env={
            **os.environ,
            "CKAN": site,
            "TOKEN": token,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        },
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert result.returncode == 0, result.stderr
    assert '"success": false' not in result.stdout
    # curl exits with 0 whatever CKAN answers, so look at what has come of it
    newest, said, *_ = [revision.info for revision in history(gold_prices["id"])]
    assert (newest.action, newest.message) == ("revert", "That was wrong")
    assert said.message == "Say how often"
    assert call_action("dataset_tag_show", dataset="gold-prices", tag="v1.0")["name"] == "v1.0"


def test_the_library_example():
    (example,) = blocks("python")
    script = f"import sys; sys.modules['ckan'] = None\n{example}"
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60
    )
    assert result.returncode == 0, result.stderr
    assert "A title" in result.stdout


def test_the_commands(gold_prices):
    call_action("dataset_tag_create", dataset="gold-prices", name="v1.0")
    for title in ("One", "Two", "Three"):
        call_action("package_patch", id=gold_prices["id"], title=title)
    user = factories.Sysadmin()["name"]
    (versioning,) = get_commands()
    commands = re.findall(r"^ckan (versioning [a-z].*)$", README.read_text(), re.M)
    assert len(commands) >= 9
    for command in commands:
        arguments = shlex.split(command.replace("--user admin", f"--user {user}"))[1:]
        if arguments[0] in ("sync", "verify", "maintain"):
            arguments += ["--dataset", "gold-prices"]  # others' datasets are not this test's
        if arguments[0] == "status":
            arguments = ["status", "--json"]
        result = CliRunner().invoke(versioning, arguments)
        # these two look at all datasets, also at those that other tests have damaged
        assert result.exit_code in ((0, 1) if arguments[0] in ("status", "gc") else (0,)), (
            command,
            result.output,
        )


def test_every_setting_is_listed():
    declared = {
        str(key).removeprefix("ckanext.versioning.")
        for key in config_declaration.iter_options()
        if str(key).startswith("ckanext.versioning.")
    }
    listed = set(re.findall(r"^\| `([a-z_]+)` \|", README.read_text(), re.M))
    assert declared <= listed


def test_every_action_is_listed():
    text = README.read_text()
    listed = set(re.findall(r"`([a-z_]+)`", text))
    shortened = {"dataset_tag_show", "dataset_tag_update", "dataset_tag_delete"}
    for module in _MODULES:
        assert set(module.__all__) - shortened <= listed
