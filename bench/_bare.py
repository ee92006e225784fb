"""The bare pipeline of a deployment, measured inside the worker that also serves the product."""

from __future__ import annotations

import json
import time
from pathlib import Path

from preannotation import claims
from preannotation.jobs import pipeline_of
from preannotation.models import Deployment
from preannotation.spark import predict
from projects.models import Task


def measure(deployment_pk: int, task_ids: list[int], answer: str) -> None:
    """Writes {"seconds", "chunks"} of one pass over the texts into the noop sink to the file `answer`."""
    deployment = Deployment.objects.get(pk=deployment_pk)
    pipeline = pipeline_of(deployment)
    texts = list(Task.objects.filter(pk__in=task_ids).order_by("pk").values_list("text", flat=True))
    # Without a sign of life the workers' watcher would take this long job for a wedged worker.
    with claims.beating(deployment, claims.token()):
        started = time.monotonic()
        chunks = predict.bare(pipeline, texts)
        figures = {"seconds": time.monotonic() - started, "chunks": chunks}
    part = Path(answer).with_suffix(".part")
    part.write_text(json.dumps(figures))
    part.rename(answer)
