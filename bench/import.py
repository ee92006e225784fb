"""A file of plain texts into a project through the product's own job, until its tasks show and can be searched.

The rows are distinct texts of 600 characters, one JSON object a line, on disk. The project is removed afterwards.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import resource
import secrets
import time
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection

from projects import imports, jobs
from projects.deletion import delete_project_with_tasks
from projects.models import ImportReport, Project, Task
from projects.task_filter import TaskFilter
from projects.task_pages import TaskPage

CHARACTERS = 600
WORDS = 20_000
PATIENCE = 600
SYLLABLES = [consonant + vowel for consonant in "bdklmnr" for vowel in "aeiou"]


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench import", description=__doc__)
    parser.add_argument("--tasks", type=int, default=100_000)
    options = parser.parse_args(argv)
    name = f"bench-{secrets.token_hex(6)}"
    user = User.objects.create_user(name)
    project = Project.create(owner=user, name=name)
    settings.UPLOADS_DIR.mkdir(parents=True, exist_ok=True)
    path = settings.UPLOADS_DIR / name
    try:
        last = _write(path, options.tasks)
        _measure(project, path, options.tasks, last)
    finally:
        path.unlink(missing_ok=True)
        delete_project_with_tasks(project.pk)
        user.delete()
    return 0


def _write(path: Path, count: int) -> str:
    """The word that stands in the last text only."""
    chance = random.Random(7)
    words = ["".join(chance.choices(SYLLABLES, k=chance.randint(1, 4))) for _ in range(WORDS)]
    with path.open("w") as file:
        for number in range(count):
            parts = [f"number{number}", *itertools.islice(iter(lambda: chance.choice(words), None), 120)]
            file.write(json.dumps({"text": " ".join(parts)[:CHARACTERS]}) + "\n")
    return f"number{count - 1}"


def _measure(project: Project, path: Path, count: int, last: str) -> None:
    with connection.cursor() as cursor:
        # The server would clear away meanwhile what the last run of this left behind.
        cursor.execute("VACUUM projects_task, projects_taskwords")
    report = ImportReport.objects.create(
        project=project,
        file_name="bench.jsonl",
        created_by=project.owner,
        state=ImportReport.State.QUEUED,
        upload=path.name,
        size=path.stat().st_size,
    )
    started = time.perf_counter()
    imports.run(report.pk)
    page = TaskPage.of(Task.objects.in_project(project), None, None, last=True)
    seconds = time.perf_counter() - started
    report.refresh_from_db()
    assert (report.state, report.imported, bool(page.tasks)) == ("done", count, True), report.failure
    print(f"{count} tasks of {CHARACTERS} characters in {seconds:.1f} s")
    jobs.index_words(project.pk)
    # Where the product runs, its worker took the same work; the call above comes back while that is at the last slice.
    while TaskFilter.of({"q": last}).apply(Task.objects.in_project(project)).count() != 1:
        assert time.perf_counter() - started < PATIENCE, f"no task has the word {last} after {PATIENCE} s"
        time.sleep(0.1)
    searchable = time.perf_counter() - started
    answer = {
        "tasks": count,
        "tasks_per_second": round(count / seconds),
        "searchable_seconds": round(searchable, 1),
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
    print(json.dumps(answer))
