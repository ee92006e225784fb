"""A model on its way in: what can be told from its files is said before an engine is started for it."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from django.utils import timezone

from preannotation import registry
from preannotation.arriving import job
from preannotation.contract import ModelFacts
from preannotation.models import Arrival, NlpModel
from preannotation.spark.checksum import folder_checksum
from projects import uploads
from projects.models import Project
from tests.preannotation.conftest import registered

pytestmark = pytest.mark.django_db(transaction=True)
CLASS = "com.johnsnowlabs.nlp.annotators.ner.dl.NerDLModel"


@pytest.fixture(autouse=True)
def no_engine(monkeypatch, settings, tmp_path) -> None:
    def started(*arguments, **options):
        raise AssertionError("the engine was started")

    monkeypatch.setattr(job.engine_child, "run", started)
    settings.ENGINE_CHILDREN_DIR = tmp_path / "children"
    settings.MODELS_DIR = tmp_path / "models"


def failure(project: Project, content: bytes, name: str = "ner_mine") -> str:
    """What is said of this upload."""
    arrival = Arrival.objects.create(
        way="upload", name=name, source="given.zip", file=uploads.keep([content]), project=project, state="queued"
    )
    job.run(arrival.pk)
    arrival.refresh_from_db()
    assert (arrival.state, uploads.path_of(arrival.file).exists()) == ("failed", False)
    return arrival.failure


def zipped(metadata: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        file.writestr("metadata/part-00000", metadata)
    return made.getvalue()


def saved(**parameters: str) -> bytes:
    return zipped(json.dumps({"class": CLASS, "paramMap": parameters}))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (zipped('{"class": "java.lang.Runtime"}'), "given.zip holds a Runtime. Supported are NerDLModel,"),
        (zipped("{{"), "given.zip is no saved Spark NLP model: metadata/part-00000 is missing or can't be read"),
        (saved(), "It does not say which embeddings it was trained on, so it can't be used."),
        (saved(storageRef="far"), 'It needs the embeddings "far", which the registry does not have. Add them first.'),
        (b"PK, or not", "It is no zip file, or a damaged one."),
    ],
    # A zip holds the time at which it was made, and each process of a test run collects at its own.
    ids=["foreign", "broken", "no embeddings named", "embeddings missing", "no zip"],
)
def test_what_its_files_say_is_said_at_once_and_names_no_folder_of_the_server(project, content, said):
    assert failure(project, content)[: len(said)] == said


def test_embeddings_of_another_project_are_none_for_this_one(project):
    registered("theirs", kind="embeddings", project=Project.objects.create(name="Theirs"), storage_ref="far")
    assert failure(project, saved(storageRef="far")).startswith('It needs the embeddings "far"')


def test_a_model_of_another_kind_does_not_become_the_next_version_of_a_name(project, registry_rows):
    registered("class_mine", kind="classification", project=project)
    assert failure(project, saved(storageRef="w2v"), "class_mine") == (
        'The model "class_mine" is there for classification, and this one is for named entities. Choose another name.'
    )
    assert NlpModel.objects.filter(name="class_mine").count() == 1


@pytest.fixture
def engine(monkeypatch) -> None:
    """Says of every model that it is fine."""

    def tried(folder, do, values, **options):
        facts = {"kind": "ner", "engine_class": "NerDLModel", "labels": ["DRUG"], "language": "en"}
        return {"folder": values["source"], "facts": facts | {"storage_ref": "w2v"}}

    monkeypatch.setattr(job.engine_child, "run", tried)


def brought_in(project: Project, content: bytes) -> Arrival:
    arrival = Arrival.objects.create(
        way="upload", name="ner_back", source="given.zip", file=uploads.keep([content]), project=project, state="queued"
    )
    job.run(arrival.pk)
    arrival.refresh_from_db()
    return arrival


def test_files_that_are_there_already_say_so_and_retired_ones_are_refused(project, registry_rows, engine):
    content = saved(storageRef="w2v")
    first, second = brought_in(project, content), brought_in(project, content)
    assert (first.state, first.phase, first.nlp_model.version) == ("done", "", 1)
    assert (second.nlp_model, second.phase) == (first.nlp_model, "its files were in the registry already")
    NlpModel.objects.filter(name="ner_back").update(retired_at=timezone.now())
    third = brought_in(project, content)
    assert (third.state, third.nlp_model, third.failure) == (
        "failed",
        None,
        "ner_back 1 has these very files already, and is retired. Staff can bring it back on its page.",
    )


def test_what_an_upload_says_of_its_quality_is_kept_with_it(project, registry_rows, engine):
    content = io.BytesIO(saved(storageRef="w2v"))
    with zipfile.ZipFile(content, "r") as there:
        metadata = there.read("metadata/part-00000")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr("model/metadata/part-00000", metadata)
        made.writestr("quality.json", json.dumps({"seconds": 3.5}))
    arrival = brought_in(project, packed.getvalue())
    assert (arrival.failure, arrival.state) == ("", "done")
    assert NlpModel.objects.get(name="ner_back").quality == {"seconds": 3.5}


FACTS = ModelFacts("ner", "NerDLModel", ("DRUG",), "w2v")
TAKEN = (
    'ner_mine was not added. There is a model "ner_mine" already, which belongs to another project. '
    "Choose another name."
)


@pytest.fixture
def folder(registry_rows, tmp_path) -> Path:
    """Of a saved model."""
    part = tmp_path / "model" / "metadata" / "part-00000"
    part.parent.mkdir(parents=True)
    part.write_text(json.dumps({"class": CLASS, "paramMap": {"storageRef": "w2v"}}))
    return tmp_path / "model"


def test_a_name_that_another_project_has_is_refused_and_gives_nobody_elses_model(project, outsider, folder):
    theirs = Project.create(owner=outsider, name="Theirs")
    taken = registry.add(folder, "ner_mine", "uploaded", project=theirs, facts=FACTS)
    with pytest.raises(registry.RegistryError) as refused:
        registry.add(folder, "ner_mine", "uploaded", project=project, facts=FACTS)
    assert str(refused.value) == TAKEN
    assert list(NlpModel.objects.filter(name="ner_mine")) == [taken]


@pytest.mark.parametrize("are_same_files", [True, False])
def test_a_name_that_another_project_takes_while_a_model_is_tried_is_refused(
    project, outsider, folder, monkeypatch, settings, are_same_files
):
    theirs = Project.create(owner=outsider, name="Theirs")
    checksum = folder_checksum(folder)[0] if are_same_files else "0" * 64

    def tried(spec):
        registered("ner_mine", project=theirs, checksum=checksum)
        return FACTS

    monkeypatch.setattr(registry, "_tried", tried)
    with pytest.raises(registry.RegistryError) as refused:
        registry.add(folder, "ner_mine", "uploaded", project=project)
    assert str(refused.value) == TAKEN
    assert list(NlpModel.objects.filter(name="ner_mine").values_list("project", flat=True)) == [theirs.pk]
    assert list(settings.MODELS_DIR.iterdir()) == []


def test_the_same_files_for_all_projects_give_the_version_that_is_there(folder):
    first = registry.add(folder, "ner_mine", "sample", facts=FACTS)
    assert registry.add(folder, "ner_mine", "sample", facts=FACTS) == first
