"""What the tests of the git backend share."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from ckanext.versioning.metastore.backends.git import GitBackend

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git command")
DATASET = "5f3c9a52-8f4e-4e0a-9c55-0d2f3c1f6a11"


def git(path: str | Path, *arguments: str, stdin: bytes | None = None) -> str:
    """Run plain git in a repository and return what it says."""
    environment = {
        "GIT_AUTHOR_NAME": "Plain Git",
        "GIT_AUTHOR_EMAIL": "git@example.com",
        "GIT_COMMITTER_NAME": "Plain Git",
        "GIT_COMMITTER_EMAIL": "git@example.com",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
    }
    done = subprocess.run(
        ["git", "-C", str(path), *arguments],
        input=stdin,
        capture_output=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().strip()


def repository(backend: GitBackend, dataset_id: str = DATASET) -> Path:
    """Return the path of a dataset's repository."""
    location = backend.location(dataset_id)
    assert location is not None
    return Path(location)


def loose_path(path: Path, object_id: str) -> Path:
    """Return where a loose object is."""
    return path / "objects" / object_id[:2] / object_id[2:]


def damage(path: Path, content: bytes) -> None:
    """Overwrite a file, be it read-only."""
    path.chmod(0o644)
    path.write_bytes(content)
