"""The queues that have workers, and the notes about their process groups. No Django: the launcher reads this too."""

from pathlib import Path
from typing import Final

from preannotation import processes

SPARK: Final = "spark"
TRAINING: Final = "training"
QUEUES: Final = ("default", SPARK, TRAINING)
# How long a run works before it lets others have the worker.
SLICE_SECONDS: Final = 20.0
PROBE: Final = "preannotation.jobs.probe"


def group_file(run_dir: Path, queue: str) -> Path:
    return run_dir / f"worker-{queue}.group"


def kill_all_leftovers(run_dir: Path) -> None:
    """End the worker groups whose wrappers died before them."""
    for path in run_dir.glob("worker-*.group"):
        processes.kill_leftovers(path)
