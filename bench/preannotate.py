"""A whole run of the demo's deployment, from the click to the last stored prediction, beside the bare pipeline.

Needs the workers of `make demo` (or `make run` after it). The bare side runs in the same worker, with the same loaded
stages, on the same texts, into Spark's noop sink. Both sides are warm; the order alternates; medians are reported.
"""

from __future__ import annotations

import argparse
import io
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django_q.tasks import async_task

from demo.notes import generate
from demo.project import PROJECT_NAME
from preannotation import actions
from preannotation.models import Deployment, PreannotationRun
from projects.exchange import import_file
from projects.models import Prediction, Project, Task

LEAST_CHARACTERS = 600
REPETITIONS = 3
PATIENCE = 600.0
CANCEL_AFTER = 2.0


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench preannotate", description=__doc__)
    parser.add_argument("--tasks", type=int, default=500)
    options = parser.parse_args(argv)
    demo = Project.objects.filter(name=PROJECT_NAME).first()
    if not demo:
        print("There is no demo project: start `make demo` first, and leave it running.", file=sys.stderr)
        return 1
    project = _bench_project(demo)
    try:
        return _measure(project, options.tasks)
    finally:
        PreannotationRun.objects.filter(project=project).delete()
        project.delete()


def _measure(project: Project, count: int) -> int:
    user = project.owner
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    deployment = _deployed(project, user)
    seed = int(time.time())
    _run(client, project, _tasks(project, 60, seed))
    _bare(deployment, _tasks(project, 60, seed + 1))
    product, bare, pairs = [], [], []
    run = None
    for repetition in range(REPETITIONS):
        ids = _tasks(project, count, seed + 10 + repetition)
        sides = [lambda ids=ids: _run(client, project, ids), lambda ids=ids: _bare(deployment, ids)]
        answers = [sides[0](), sides[1]()] if repetition % 2 == 0 else [sides[1](), sides[0]()][::-1]
        (seconds, run), (bare_seconds, chunks) = answers
        pairs.append((_chunk_regions(run), chunks))
        product.append(count / seconds)
        bare.append(count / bare_seconds)
        print(
            f"{repetition + 1}: product {product[-1]:.2f} tasks/s in {run.batches} batches, bare {bare[-1]:.2f}; "
            f"chunks {pairs[-1][0]} and {pairs[-1][1]}"
        )
    cancel_seconds = _cancelled(client, project, _tasks(project, count, seed + 99))
    print(f"cancel took effect after {cancel_seconds:.2f} s")
    rate, bare_rate = statistics.median(product), statistics.median(bare)
    print(
        json.dumps(
            {
                "bench": "preannotate",
                "tasks_per_second": round(rate, 2),
                "bare_tasks_per_second": round(bare_rate, 2),
                "ratio": round(rate / bare_rate, 3),
                "batches": run.batches,
                "cancel_seconds": round(cancel_seconds, 2),
                "regions": pairs[-1][0],
                "bare_regions": pairs[-1][1],
            }
        )
    )
    return 0 if all(ours == theirs for ours, theirs in pairs) else 1


def _bench_project(demo: Project) -> Project:
    with transaction.atomic():
        project = Project.create(owner=demo.owner, name=f"Benchmark {int(time.time())}")
        project.set_labeling_config(demo.labeling_config, demo.owner)
    return project


def _deployed(project: Project, user: User) -> Deployment:
    deployment = actions.deploy(project, user)
    _until(lambda: not Deployment.objects.get(pk=deployment.pk).is_under_way)
    deployment.refresh_from_db()
    if deployment.state != Deployment.State.READY:
        sys.exit(f"The deployment is {deployment.state}: {deployment.failure}")
    return deployment


def _tasks(project: Project, count: int, seed: int) -> list[int]:
    """Ids of new tasks with distinct texts of at least LEAST_CHARACTERS that nobody has seen before."""
    notes = generate(2 * count, seed, "heldout")
    texts: list[str] = []
    text = ""
    for note in notes:
        text = f"{text}\n\n{note.text}" if text else note.text
        if len(text) >= LEAST_CHARACTERS:
            texts.append(f"Record {seed}-{len(texts)}\n{text}")
            text = ""
        if len(texts) == count:
            break
    before = Task.objects.filter(project=project).order_by("-pk").values_list("pk", flat=True).first() or 0
    rows = json.dumps([{"text": text} for text in texts]).encode()
    import_file(project, io.BytesIO(rows), "bench.json", project.owner)
    return list(Task.objects.filter(project=project, pk__gt=before).order_by("pk").values_list("pk", flat=True)[:count])


def _start(client: Client, project: Project, ids: list[int]) -> PreannotationRun:
    answer = client.post(reverse("preannotation:start", args=[project.pk]), {"task": ids, "count": len(ids)})
    run = PreannotationRun.objects.filter(project=project).order_by("-pk").first()
    if answer.status_code != 302 or run is None:
        sys.exit(f"The run was not started: {answer.content.decode()[:500]}")
    return run


def _run(client: Client, project: Project, ids: list[int]) -> tuple[float, PreannotationRun]:
    clicked = time.time()
    run = _start(client, project, ids)
    _until(lambda: not PreannotationRun.objects.get(pk=run.pk).is_under_way)
    run.refresh_from_db()
    if run.state != PreannotationRun.State.DONE or run.failed:
        sys.exit(f"Run {run.pk} is {run.state} with {run.failed} failed tasks: {run.failure}")
    last = Prediction.objects.filter(run_id=run.pk).order_by("-pk").values_list("created_at", flat=True).first()
    ended = max(run.finished_at, last)
    return ended.timestamp() - clicked, run


def _bare(deployment: Deployment, ids: list[int]) -> tuple[float, int]:
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        async_task("bench._bare.measure", deployment.pk, ids, str(answer), cluster="spark", save=False)
        _until(answer.exists)
        figures = json.loads(answer.read_text())
    return figures["seconds"], figures["chunks"]


def _cancelled(client: Client, project: Project, ids: list[int]) -> float:
    run = _start(client, project, ids)
    _until(lambda: PreannotationRun.objects.get(pk=run.pk).batches > 0)
    time.sleep(CANCEL_AFTER)
    asked = time.time()
    client.post(reverse("preannotation:cancel", args=[project.pk, run.pk]))
    _until(lambda: not PreannotationRun.objects.get(pk=run.pk).is_under_way)
    run.refresh_from_db()
    if run.state != PreannotationRun.State.CANCELLED:
        sys.exit(f"Run {run.pk} was to be cancelled and is {run.state}; give more tasks.")
    return run.finished_at.timestamp() - asked


def _chunk_regions(run: PreannotationRun) -> int:
    """Stored regions that stand for a chunk: assertion statuses hang on one, choices have no span."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM projects_prediction, jsonb_array_elements(result) AS region "
            "WHERE run_id = %s AND region->>'type' = 'labels' AND NOT region ? 'parentID'",
            [run.pk],
        )
        return cursor.fetchone()[0]


def _until(met: Callable[[], bool], patience: float = PATIENCE) -> None:
    deadline = time.monotonic() + patience
    while not met():
        if time.monotonic() > deadline:
            sys.exit(f"Nothing came within {patience:.0f} s. Are the workers running? `manage.py doctor` tells.")
        time.sleep(0.05)
