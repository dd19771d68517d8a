"""Run all benchmarks, or those named: ``python -m benchmarks [name ...]``."""

from __future__ import annotations

import pkgutil
import sys
from importlib import import_module
from pathlib import Path


def main() -> None:
    """Run every module of this folder that has a ``main``."""
    names = sys.argv[1:] or sorted(
        module.name
        for module in pkgutil.iter_modules([str(Path(__file__).parent)])
        if not module.name.startswith("_")
    )
    for name in names:
        run = getattr(import_module(f"{__package__}.{name}"), "main", None)
        if run is not None:
            print(f"== {name}")
            run()
            print()


if __name__ == "__main__":
    main()
