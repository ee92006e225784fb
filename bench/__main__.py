"""`python -m bench NAME [options]`: human lines, and last one JSON object."""

import importlib
import os
import pkgutil
import sys
from pathlib import Path

import django

import bench


def main() -> int:
    names = sorted(module.name for module in pkgutil.iter_modules([str(Path(bench.__file__).parent)]))
    benches = [name for name in names if not name.startswith("_")]
    if len(sys.argv) < 2 or sys.argv[1] not in benches:
        print(f"usage: python -m bench NAME [options]; NAME is one of: {', '.join(benches)}", file=sys.stderr)
        return 2
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotationlab.settings")
    django.setup()
    return importlib.import_module(f"bench.{sys.argv[1]}").main(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
