import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from annotationlab import embedded_postgres

ROOT = Path(__file__).resolve().parent.parent.parent
STARTERS = 4


def starter(var_dir: Path) -> subprocess.Popen[bytes]:
    code = (
        f"from pathlib import Path; from annotationlab import embedded_postgres as e; e.start(Path({str(var_dir)!r}))"
    )
    return subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)


@pytest.fixture(scope="session")
def first_starts() -> Iterator[tuple[Path, list[int]]]:
    """A var folder, made by several first starts at once on what a killed one had left; and their exit codes.

    Not one of pytest's own folders: the user nobody, as whom the server of root runs, could not enter those.
    """
    folder = Path(tempfile.mkdtemp(prefix="annotationlab-test-"))
    folder.chmod(0o755)
    unfinished = folder / "postgres" / "data.unfinished"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    codes = [process.wait(timeout=120) for process in [starter(folder) for _ in range(STARTERS)]]
    yield folder, codes
    embedded_postgres.stop(folder)
    shutil.rmtree(folder)


@pytest.fixture
def server(first_starts: tuple[Path, list[int]]) -> Path:
    """The var folder of an embedded server that runs."""
    embedded_postgres.start(first_starts[0])
    return first_starts[0]
