"""A registry and a config for tests that need no Spark: rows as the registry writes them, with no files behind."""

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from preannotation.models import Deployment, NlpModel
from projects.digests import data_digest, digest
from projects.models import Completion, Project, Task
from tests.projects.rows import span

LABELLED_TEXT = "Takes aspirin for pain."
CONFIG = """<View>
  <Labels name="label" toName="text">
    <Label value="DRUG" model="ner_drug" hotkey="d"/>
    <Label value="PROBLEM" model="ner_problem" hotkey="p"/>
  </Labels>
  <Text name="text" value="$text"/>
</View>
"""


def registered(name: str, version: int = 1, **facts) -> NlpModel:
    values = {
        "kind": "ner",
        "engine_class": "NerDLModel",
        "labels": [],
        "storage_ref": "w2v",
        "origin": "sample",
        "folder": f"{name}/{version}",
        "checksum": f"{name}{version}".ljust(64, "0"),
        "size": 1,
    }
    return NlpModel.objects.create(name=name, version=version, **(values | facts))


@pytest.fixture
def registry_rows(db: None) -> dict[str, NlpModel]:
    return register_three()


def register_three() -> dict[str, NlpModel]:
    rows = [
        registered("vectors", kind="embeddings", engine_class="Word2VecModel", dimension=100),
        registered("ner_drug", labels=["DRUG", "DOSAGE"]),
        registered("ner_problem", labels=["PROBLEM"]),
    ]
    return {row.name: row for row in rows}


@pytest.fixture
def configured(project: Project, registry_rows: dict[str, NlpModel], manager) -> Project:
    project.set_labeling_config(CONFIG, manager)
    return project


def add_tasks(project: Project, texts: list[str]) -> list[Task]:
    return Task.objects.bulk_create(
        Task(
            project=project,
            title=text[:50] or "empty",
            text=text,
            text_hash=digest(text),
            data_hash=data_digest({"text": text, "number": number}),
        )
        for number, text in enumerate(texts)
    )


def ready(deployment: Deployment) -> Deployment:
    Deployment.objects.filter(pk=deployment.pk).update(state=Deployment.State.READY, claimed_by="")
    deployment.refresh_from_db()
    return deployment


@pytest.fixture
def labelled(configured, annotator) -> Project:
    """Forty tasks, each with a submitted completion."""
    return label_forty(configured, annotator)


def label_forty(project: Project, annotator: User) -> Project:
    result = [span(LABELLED_TEXT, 6, 13, "DRUG"), span(LABELLED_TEXT, 18, 22, "PROBLEM")]
    Completion.objects.bulk_create(
        Completion(task=task, user=annotator, username="ann", result=result, submitted_at=timezone.now())
        for task in add_tasks(project, [LABELLED_TEXT] * 40)
    )
    return project
