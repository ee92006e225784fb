"""Installs the pinned packages into the virtual environment that runs this, and skips that where nothing changed.

    python -m annotationlab.packages requirements.txt

Only the standard library may be imported here: nothing else is installed yet.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRESS_STEP = 10


class PackagesMissing(Exception):
    """pip ended with an error; the message says where its words are and what to do."""


def ensure(requirements: Path, environment: Path) -> None:
    """Make `environment` hold what `requirements` pins. Raises PackagesMissing.

    An installation that was interrupted goes on: pip keeps what it has fetched and installed.
    """
    wanted = digest(requirements)
    # One stamp for each file: those for developers contain the others, and switching between them costs nothing.
    stamp = environment / f"{requirements.stem}.installed"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print(f"packages: installing {requirements.name} (about 400 MB at the first time)", flush=True)
    pip_install(["-r", str(requirements)], environment)
    stamp.write_text(wanted)


def digest(requirements: Path) -> str:
    """SHA-256 over the file and the requirements files that it includes."""
    content = requirements.read_bytes()
    included = [line.split()[1] for line in content.decode().splitlines() if line.startswith("-r ")]
    parts = [content, *(digest(requirements.parent / name).encode() for name in included)]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def pip_install(arguments: list[str], environment: Path) -> None:
    """Run pip, its words in `pip.log` of `environment`. Raises PackagesMissing."""
    log_path = environment / "pip.log"
    command = [sys.executable, "-m", "pip", "install", "--no-input", "--disable-pip-version-check", *arguments]
    with (
        log_path.open("w") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace") as pip,
    ):
        assert pip.stdout is not None
        collected = 0
        for line in pip.stdout:
            log.write(line)
            log.flush()
            if line.startswith("Collecting"):
                collected += 1
                if collected % PROGRESS_STEP == 0:
                    print(f"packages: {collected} fetched", flush=True)
            if line.startswith("Installing collected"):
                print("packages: unpacking", flush=True)
    if pip.returncode:
        errors = [line for line in log_path.read_text().splitlines() if line.startswith("ERROR")]
        raise PackagesMissing(
            f"The packages could not be installed. {errors[0] if errors else ''} (all of pip's words: {log_path}). "
            "Check the network and the free disk space, then run the same command again: it goes on where it stopped."
        )


def main(arguments: list[str]) -> int:
    """The command; returns its exit code."""
    try:
        ensure(ROOT / arguments[0], Path(sys.prefix))
    except PackagesMissing as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted. The same command goes on where this stopped.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
