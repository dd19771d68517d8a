"""Clones of a dataset's repository by git itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

needs_git_lfs = pytest.mark.skipif(
    shutil.which("git") is None or shutil.which("git-lfs") is None,
    reason="there is no git, or no git-lfs",
)


class Clone:
    """Somebody's working copy, with or without git-lfs in his configuration of git."""

    def __init__(self, path: Path, repository: Path, *, lfs: bool) -> None:
        self.path = path / "clone"
        self.environment = {
            "HOME": str(path),
            "PATH": os.environ["PATH"],
            "LC_ALL": "C.UTF-8",
            "GIT_CONFIG_NOSYSTEM": "1",
        }
        if lfs:
            self.run("git", "lfs", "install", "--skip-repo", cwd=path)
        self.run("git", "clone", "--quiet", f"file://{repository}", "clone", cwd=path)

    def run(self, *command: str, cwd: Path | None = None, code: int = 0) -> str:
        done = subprocess.run(
            command, cwd=cwd or self.path, env=self.environment, capture_output=True, check=False
        )
        said = (done.stdout + done.stderr).decode()
        assert done.returncode == code, said
        return said

    def contents(self) -> dict[str, bytes]:
        data = self.path / "data"
        found = (path for path in data.rglob("*") if path.is_file())
        return {path.relative_to(self.path).as_posix(): path.read_bytes() for path in found}

    def validate(self, code: int) -> str:
        command = (sys.executable, "-m", "frictionless", "validate", "datapackage.json", "--json")
        return self.run(*command, code=code)
