"""`python -m bench NAME [options]`: human lines, and last one JSON object."""

import importlib
import os
import pkgutil
import sys
from pathlib import Path

import django
from django.conf import settings
from django.db import OperationalError, connection

import bench

# The others start what they need themselves, or need nothing.
ON_WHAT_RUNS = ("import", "preannotate", "tasklist")


def main() -> int:
    names = sorted(module.name for module in pkgutil.iter_modules([str(Path(bench.__file__).parent)]))
    benches = [name for name in names if not name.startswith("_")]
    if len(sys.argv) < 2 or sys.argv[1] not in benches:
        print(f"usage: python -m bench NAME [options]; NAME is one of: {', '.join(benches)}", file=sys.stderr)
        return 2
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotationlab.settings")
    django.setup()
    if sys.argv[1] in ON_WHAT_RUNS and (problem := _missing()):
        print(problem, file=sys.stderr)
        return 1
    return importlib.import_module(f"bench.{sys.argv[1]}").main(sys.argv[2:])


def _missing() -> str:
    """What those benchmarks need and is not there, "" where all is."""
    try:
        with connection.cursor():
            pass
    except OperationalError:
        return "The database does not answer: start `make demo` first, and leave it running."
    if not (Path(settings.STATIC_ROOT) / "staticfiles.json").exists():
        return f"There are no style sheets in {settings.STATIC_ROOT}: start `make demo` first, which collects them."
    return ""


if __name__ == "__main__":
    sys.exit(main())
