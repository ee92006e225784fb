"""The Models pages: who sees which versions, what one is, how it goes out and who may change it."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django_q.models import OrmQ

from preannotation import publishing
from preannotation.models import Arrival, NlpModel, Training
from projects.models import Activity, Project
from tests.conftest import client_of
from tests.preannotation.conftest import registered
from tests.projects.rows import page as parsed
from tests.projects.rows import texts


def address(name, project, *more):
    return reverse(f"preannotation:{name}", args=[project.pk, *more])


@pytest.fixture
def staff_manager(manager):
    manager.is_staff = True
    manager.save()
    return manager


@pytest.mark.parametrize(
    ("person", "status"), [("owner", 200), ("manager", 200), ("reviewer", 403), ("annotator", 403), ("outsider", 404)]
)
def test_who_may_see_the_models(request, configured, person, status):
    assert client_of(request.getfixturevalue(person)).get(address("models", configured)).status_code == status


def test_a_project_sees_its_own_and_the_published_models_and_no_others(configured, manager, outsider):
    theirs = registered("ner_theirs", project=Project.create(owner=outsider, name="Theirs"))
    registered("ner_own", project=configured, labels=["DRUG"])
    client = client_of(manager)
    names = texts(client.get(address("models", configured)), "//table[contains(@class, 'registry')]/tbody/tr/th")
    assert names == ["vectors 1", "ner_drug 1 in the config", "ner_own 1", "ner_problem 1 in the config"]
    for name in ("model", "model_export"):
        assert client.get(address(name, configured, theirs.pk)).status_code == 404


def test_a_version_says_what_needs_it_and_only_staff_may_change_it(configured, manager, staff_manager):
    model = NlpModel.objects.get(name="ner_drug")
    client = client_of(manager)
    used = texts(client.get(address("model", configured, model.pk)), "//dt[text()='Used']/following-sibling::dd")
    assert used == [f"The Labeling Config of project {configured.pk} names it."]
    client.post(address("model_change", configured, model.pk), {"do": "delete"})
    client.post(address("model_change", configured, model.pk), {"do": "retire"})
    model.refresh_from_db()
    assert model.retired_at is not None
    manager.is_staff = False
    manager.save()
    refused = client_of(manager).post(address("model_change", configured, model.pk), {"do": "bring_back"})
    model.refresh_from_db()
    assert (refused.status_code, model.retired_at is not None) == (403, True)


def test_only_a_model_that_can_be_evaluated_leads_to_the_evaluations(configured, manager):
    client = client_of(manager)
    for name, said in {
        "ner_drug": ["Its quality is not known here. Evaluate it on this project's Test tasks."],
        "vectors": [],
    }.items():
        response = client.get(address("model", configured, NlpModel.objects.get(name=name).pk))
        assert texts(response, "//p[contains(., 'quality')]") == said


def test_deleting_asks_first_and_names_what_goes(configured, manager, staff_manager):
    unused = registered("ner_unused", project=configured, size=3 * 2**20)
    response = client_of(manager).get(address("model", configured, unused.pk))
    assert texts(response, "//details[@class='ask']//p") == [
        "ner_unused 1 leaves the registry, and its files of 3.0 MB the server. This can't be undone. "
        "Export it first if it may be wanted again."
    ]
    assert texts(response, "//button[@name='do']")[-1] == "Delete ner_unused 1"


def test_an_exported_zip_holds_the_files_and_says_how_to_use_them(configured, manager, settings, tmp_path):
    settings.MODELS_DIR = tmp_path
    model = NlpModel.objects.get(name="ner_drug")
    (model.path / "metadata").mkdir(parents=True)
    (model.path / "metadata" / "part-00000").write_text('{"class": "x.NerDLModel"}')
    response = client_of(manager).get(address("model_export", configured, model.pk))
    packed = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))
    assert packed.namelist() == ["README.txt", "quality.json", "model/metadata/part-00000"]
    said = packed.read("README.txt").decode()
    assert 'It needs the embeddings "w2v" (vectors 1); take them along.' in said
    assert 'model = NerDLModel.load("model")' in said
    assert Activity.objects.newest().first().words == "exported the model ner_drug 1"


def test_an_upload_is_kept_and_queued_for_the_project(configured, manager, settings):
    file = SimpleUploadedFile("Ner Drugs.zip", b"PK not looked at yet")
    answer = client_of(manager).post(address("model_arrive", configured), {"way": "upload", "file": file})
    arrival = Arrival.objects.get()
    assert (answer.status_code, arrival.name, arrival.project, arrival.state) == (
        302,
        "ner_drugs",
        configured,
        "queued",
    )
    assert (settings.UPLOADS_DIR / arrival.file).read_bytes() == b"PK not looked at yet"
    assert OrmQ.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"way": "upload"}, "\"\" can't be a model's name."),
        ({"way": "hub", "name": "ner_x"}, "Give the model's name on the hub."),
        ({"way": "hub", "hub_name": "ner_x", "language": "english"}, '"english" is no language of the hub.'),
        ({"way": "hub", "hub_name": "ner_drug"}, 'There is a model "ner_drug" already, which is published to all'),
        ({"way": "upload", "path": "/etc", "name": "ner_x"}, "Give a file."),
        ({"way": "upload", "language": "x" * 50, "name": "ner_x"}, "Give a file."),
        ({"way": "hub", "hub_name": "ner\0x", "name": "ner_x"}, "A name of the hub has letters, digits and _ . - only"),
        (
            {"way": "hub", "hub_name": "h" * 201, "name": "ner_x"},
            "A name of the hub has letters, digits and _ . - only",
        ),
    ],
)
def test_what_can_not_come_in_is_refused_with_the_reason_and_nothing_is_kept(configured, manager, given, reason):
    response = client_of(manager).post(address("model_arrive", configured), given)
    assert (response.status_code, Arrival.objects.count()) == (422, 0)
    assert any(line.startswith(reason) for line in texts(response, "//div[@role='alert']//li"))


def test_staff_bring_in_a_folder_of_the_server_for_all_projects(configured, staff_manager, tmp_path):
    given = {"way": "upload", "path": str(tmp_path), "name": "ner_server", "for_all": "1"}
    assert client_of(staff_manager).post(address("model_arrive", configured), given).status_code == 302
    arrival = Arrival.objects.get()
    assert (arrival.way, arrival.source, arrival.project, arrival.file) == ("folder", str(tmp_path), None, "")


def test_an_arrival_is_cancelled_by_its_project_only(configured, manager, outsider, settings):
    client = client_of(manager)
    client.post(address("model_arrive", configured), {"file": SimpleUploadedFile("a.zip", b"x"), "name": "ner_a"})
    arrival = Arrival.objects.get()
    theirs = Project.create(owner=outsider, name="Theirs")
    assert client_of(outsider).post(address("arrival_cancel", theirs, arrival.pk)).status_code == 404
    client.post(address("arrival_cancel", configured, arrival.pk))
    arrival.refresh_from_db()
    assert (arrival.state, list(settings.UPLOADS_DIR.iterdir())) == ("cancelled", [])


def test_a_trained_version_leads_to_its_training_where_that_is_this_projects(configured, manager, outsider):
    quality = {"parameters": {"epochs": 9, "learning_rate": 0.003}, "seconds": 75.0}
    model = registered("ner_own", project=configured, origin="trained", quality=quality)
    training = Training.objects.create(project=configured, name="ner_own", kind="ner", engine="NerDL", nlp_model=model)
    theirs = Project.create(owner=outsider, name="Theirs")
    publishing.publish([model], None)
    row = "//dt[text()='Training']/following-sibling::dd"
    said = [
        texts(client_of(person).get(address("model", project, model.pk)), row)
        for person, project in ((manager, configured), (outsider, theirs))
    ]
    learned = "1 min 15 s, epochs 9, learning rate 0.003"
    assert said == [[f"Training {training.pk}, {learned}"], [learned]]


def test_all_that_is_under_way_is_shown_and_of_what_is_through_the_newest(configured, manager):
    for state in ("running", "done", "failed", "done", "failed"):
        Arrival.objects.create(way="upload", name=f"ner_{state}", source="a.zip", project=configured, state=state)
    shown = texts(client_of(manager).get(address("arrivals", configured)), "//span[@class='run-name']")
    assert shown == ["ner_running", "ner_failed", "ner_done", "ner_failed"]


def test_the_models_follow_once_an_arrival_is_through(configured, manager):
    arrival = Arrival.objects.create(way="upload", name="ner_x", source="a.zip", project=configured, state="running")
    page = client_of(manager).get(address("models", configured))
    (polled,) = parsed(page).xpath("//section[@class='arrivals']/@hx-get")
    models = "//section[@id='registry-models'][@hx-swap-oob]//th/a"
    client = Client(headers={"HX-Request": "true"})
    client.force_login(manager)
    assert texts(client.get(polled), models) == []
    arrival.nlp_model = registered("ner_x", project=configured)
    arrival.state = "done"
    arrival.save()
    assert "ner_x 1" in texts(client.get(polled), models)
    assert texts(page, "//section[@id='registry-models'][@hx-swap-oob]") == []


def test_a_version_whose_files_are_gone_is_not_exported_as_an_empty_zip(configured, manager):
    model = registered("ner_gone", project=configured, labels=["DRUG"])
    answer = client_of(manager).get(address("model_export", configured, model.pk), follow=True)
    assert [str(message) for message in answer.context["messages"]] == [
        "The files of ner_gone 1 are gone from the server. An operator can look: models verify."
    ]
