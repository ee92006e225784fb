"""One training as people start it in the product: a project with tagged tasks and submitted completions, the training
job as a worker runs it, and the version in the registry that comes of it. All of it is removed afterwards."""

from __future__ import annotations

import json
import secrets
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from bench._train_data import Example, Said
from preannotation import engine_child, publishing, registry
from preannotation.contract import ASSERTION, CLASSIFICATION, NER
from preannotation.engine_child import facts_of
from preannotation.models import NlpModel, Training
from preannotation.models.registry import Origin
from preannotation.training import actions, job
from preannotation.training.parameters import CLASSIFIER_DL, NER_DL
from projects.deletion import delete_project_with_tasks
from projects.digests import data_digest, digest
from projects.models import Completion, Project, Task

KINDS = {NER_DL: NER, CLASSIFIER_DL: CLASSIFICATION}
ANSWER_CONTROL = "answer"
CHUNK_CONTROL = "chunk"
CHUNK_LABEL = "CHUNK"
EVALUATE = "preannotation.spark.evaluate_work:work"
POLL_SECONDS = 1.0

Region = dict[str, Any]


@contextmanager
def project_of(engine: str, examples: Sequence[Example]) -> Iterator[Project]:
    """A project in which people have submitted these examples, tagged Train and Test; gone afterwards, with the models
    that were trained in it."""
    name = f"bench-train-{secrets.token_hex(4)}"
    user = User.objects.create_user(name)
    project = Project.create(owner=user, name=name)
    try:
        with transaction.atomic():
            project.set_labeling_config(_config(engine, examples), user)
            _fill(project, engine, examples)
        yield project
    finally:
        _remove(project, user)


def add_vectors(project: Project, name: str, folder: Path, facts: dict[str, Any]) -> NlpModel:
    return registry.add(folder, name, Origin.TRAINED, by=project.owner, project=project, facts=facts_of(facts))


def trained(project: Project, engine: str, vectors: NlpModel | None, parameters: dict[str, Any], seed: int) -> Training:
    """A training that is done. Ends the program with the reason where it fails."""
    kind = KINDS.get(engine, ASSERTION)
    training = Training(
        project=project,
        name=project.name,
        kind=kind,
        engine=engine,
        controls=[ANSWER_CONTROL],
        chunk_labels=[CHUNK_LABEL] if kind == ASSERTION else [],
        embeddings=vectors,
        split=Training.Split.TAGS,
        seed=seed,
        parameters=parameters,
    )
    training = actions.start(training, project.owner)
    # A worker that runs on this database may have been quicker, or may be with another training.
    while training.is_under_way:
        job.train_next()
        training.refresh_from_db()
        if training.is_under_way:
            time.sleep(POLL_SECONDS)
    if training.state != Training.State.DONE:
        sys.exit(f"{training} is {training.state}: {training.failure}")
    return training


def answers(model: NlpModel, test: Sequence[Example]) -> list[Said]:
    """What the registered version says of each text, asked as an evaluation asks it."""
    spec = asdict(model.spec(model.provider()))
    folders = {name: spec[name] and str(spec[name]) for name in ("folder", "embeddings_folder")}
    with engine_child.folder_for(f"bench-{model.name}") as folder:
        texts = folder / "texts.jsonl"
        with texts.open("w", encoding="utf-8") as file:
            for example in test:
                chunks = [[start, end, [CHUNK_LABEL]] for start, end, _ in example["spans"]]
                file.write(json.dumps({"text": example["text"], "chunks": chunks}) + "\n")
        values = {"models": [{**spec, **folders, "labels": list(spec["labels"])}], "texts_file": str(texts)}
        engine_child.run(folder, EVALUATE, values, heard=lambda said: None, go_on=lambda: None)
        with (folder / "findings.jsonl").open(encoding="utf-8") as lines:
            return [_said(json.loads(line)) for line in lines]


def _said(line: dict[str, Any]) -> Said:
    if "refused" in line or line.get("failure"):
        sys.exit(f"The registered version can't be asked: {line.get('refused') or line['failure']}")
    if "statuses" in line:
        return {"spans": [[start, end, label] for start, end, label, _ in line["statuses"]], "classes": []}
    spans = [[start, end, label] for start, end, _, label, _ in line["chunks"]]
    return {"spans": spans, "classes": [label for label, _ in line["classes"]]}


def _config(engine: str, examples: Sequence[Example]) -> str:
    names = sorted({name for example in examples for name in _learned(example)})
    if engine == CLASSIFIER_DL:
        choices = "".join(f"<Choice value={quoteattr(name)}/>" for name in names)
        controls = f'<Choices name="{ANSWER_CONTROL}" toName="text" choice="single">{choices}</Choices>'
    else:
        labels = "".join(f"<Label value={quoteattr(name)}/>" for name in names)
        controls = f'<Labels name="{ANSWER_CONTROL}" toName="text">{labels}</Labels>'
    if engine not in KINDS:
        chunk = f'<Label value="{CHUNK_LABEL}"/>'
        controls = f'<Labels name="{CHUNK_CONTROL}" toName="text">{chunk}</Labels>{controls}'
    return f'<View>{controls}<Text name="text" value="$text"/></View>'


def _learned(example: Example) -> list[str]:
    return [*example["classes"], *(label for _, _, label in example["spans"])]


def _fill(project: Project, engine: str, examples: Sequence[Example]) -> None:
    tasks = Task.objects.bulk_create(
        Task(
            project=project,
            title=f"{example['part']} {number}",
            text=example["text"],
            text_hash=digest(example["text"]),
            # A file may have the same sentence twice.
            data_hash=data_digest({"text": example["text"], "number": number}),
            tags=[example["part"].title()],
        )
        for number, example in enumerate(examples, start=1)
    )
    owner = project.owner
    Completion.objects.bulk_create(
        Completion(
            task=task,
            user=owner,
            username=owner.username,
            result=list(_regions(engine, example)),
            submitted_at=timezone.now(),
        )
        for task, example in zip(tasks, examples, strict=True)
    )


def _regions(engine: str, example: Example) -> Iterator[Region]:
    for number, (start, end, label) in enumerate(example["spans"]):
        controls = [(ANSWER_CONTROL, label)]
        if engine not in KINDS:
            controls.append((CHUNK_CONTROL, CHUNK_LABEL))
        for control, name in controls:
            value = {"start": start, "end": end, "text": example["text"][start:end], "labels": [name]}
            yield _region(f"{control}-{number}", control, "labels", value)
    if example["classes"]:
        yield _region("choice", ANSWER_CONTROL, "choices", {"choices": example["classes"]})


def _region(region_id: str, control: str, kind: str, value: dict[str, Any]) -> Region:
    return {"id": region_id, "from_name": control, "to_name": "text", "type": kind, "value": value}


def _remove(project: Project, user: User) -> None:
    Training.objects.filter(project=project).delete()
    # Models before the embeddings that they need.
    for model in NlpModel.objects.filter(project=project).order_by("-pk"):
        publishing.delete(model, None)
    delete_project_with_tasks(project.pk)
    user.delete()
