"""Versions are offered, retired, brought back and deleted, and the record says by whom."""

import json

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User

from preannotation import actions, publishing
from preannotation.models import ActiveLearning, Evaluation, NlpModel, Training
from projects.models import Project
from tests.preannotation.conftest import registered
from tests.preannotation.test_commands import refusal, said


@pytest.fixture
def admin(db: None) -> User:
    return User.objects.create_superuser("ada", password="x")


def records() -> list[tuple[str, str, str]]:
    rows = LogEntry.objects.order_by("pk").values_list("user__username", "object_repr", "change_message")
    return [tuple(row) for row in rows]


def test_the_newest_version_of_a_projects_model_is_published(project, registry_rows, admin):
    for version in (1, 2):
        registered("own", version, project=project, origin="trained")
    rows = json.loads(said("models", "publish", "own", "--user", "ada", "--json"))
    assert [(row["name"], row["version"], row["project"]) for row in rows] == [("own", 2, None)]
    assert list(NlpModel.objects.filter(name="own", project=None).values_list("version", flat=True)) == [2]
    said("models", "publish", "own@2", "--user", "ada")
    assert records() == [("ada", "own 2", f"Published to all projects; it was project {project.pk}'s.")]


def test_a_name_is_retired_in_all_versions_and_a_version_alone(configured, admin):
    registered("ner_drug", 2, labels=["DRUG"])
    rows = json.loads(said("models", "retire", "ner_drug@2", "--user", "ada", "--json"))
    assert [(row["version"], row["state"], row["projects_naming_it"]) for row in rows] == [
        (2, "retired", str(configured.pk))
    ]
    rows = json.loads(said("models", "retire", "ner_drug", "--json"))
    assert [(row["version"], row["state"]) for row in rows] == [(2, "retired"), (1, "retired")]
    said("models", "retire", "ner_drug@1", "--undo", "--user", "ada")
    assert list(NlpModel.objects.exclude(retired_at=None).values_list("name", "version")) == [("ner_drug", 2)]
    assert records() == [("ada", "ner_drug 2", "Retired."), ("ada", "ner_drug 1", "Brought back.")]


def test_what_is_not_there_is_named_with_what_is(registry_rows):
    assert refusal("models", "retire", "ner_x") == (
        'The registry has no model "ner_x". See what it has with: manage.py models list'
    )
    assert refusal("models", "publish", "ner_drug@7") == "ner_drug has no version 7. There is: 1."
    assert refusal("models", "retire", "ner_drug@x").startswith('The registry has no model "ner_drug@x"')


def test_a_model_in_use_is_not_deleted_and_says_by_what(configured, manager):
    deployment = actions.deploy(configured, manager)
    assert refusal("models", "delete", "ner_drug") == (
        f"ner_drug 1 can't be deleted: the Labeling Config of project {configured.pk} names it; it is in deployment "
        f"{deployment.pk}. Retire it instead: new deployments then don't use it."
    )
    assert refusal("models", "delete", "vectors") == (
        f"vectors 1 can't be deleted: it is in deployment {deployment.pk}; ner_drug 1, ner_problem 1 would be left "
        "without embeddings. Retire it instead: new deployments then don't use it."
    )
    assert NlpModel.objects.count() == 3


def test_an_unused_version_is_deleted_with_its_files(registry_rows, admin, settings, tmp_path):
    settings.MODELS_DIR = tmp_path
    unused = registered("ner_drug", 2)
    for model in (unused, registry_rows["ner_drug"]):
        model.path.mkdir(parents=True)
    assert refusal("models", "delete", "ner_drug") == "ner_drug has 2 versions. Say which, as ner_drug@1."
    answer = json.loads(said("models", "delete", "ner_drug@2", "--user", "ada", "--json"))
    assert (answer["name"], answer["version"], answer["state"]) == ("ner_drug", 2, "deleted")
    assert [path.name for path in (tmp_path / "ner_drug").iterdir()] == ["1"]
    assert not NlpModel.objects.filter(pk=unused.pk).exists()
    assert [(user, name) for user, name, _ in records()] == [("ada", "ner_drug 2")]


def test_a_name_inside_another_models_name_is_no_use_of_it(configured):
    other = registered("ner")
    assert publishing.what_uses(other) == []


def test_embeddings_that_a_training_learned_on_are_in_use_whatever_came_of_it(project, registry_rows):
    vectors = registered("own_vectors", kind="embeddings", storage_ref="own")
    training = Training.objects.create(
        project=project, name="x", kind="ner", engine="NerDL", embeddings=vectors, state="failed"
    )
    ActiveLearning.objects.create(project=project, embeddings=vectors)
    assert refusal("models", "delete", "own_vectors") == (
        f"own_vectors 1 can't be deleted: {training} learned on it; the active learning of project {project.pk} trains "
        "on it. Retire it instead: new deployments then don't use it."
    )


def test_an_older_version_of_a_name_in_a_config_can_be_deleted_and_the_newest_can_not(configured, settings, tmp_path):
    settings.MODELS_DIR = tmp_path
    registered("ner_drug", 2, labels=["DRUG"])
    used = f"the Labeling Config of project {configured.pk} names it"
    assert [publishing.what_uses(model) for model in publishing.versions_of("ner_drug")] == [[used], []]
    said("models", "retire", "ner_drug@2")
    assert [publishing.what_uses(model) for model in publishing.versions_of("ner_drug")] == [[], [used]]


def test_what_an_evaluation_asks_just_now_is_in_use(project, registry_rows):
    model = registry_rows["ner_drug"]
    evaluation = Evaluation.objects.create(project=project, state=Evaluation.State.RUNNING)
    evaluation.nlp_models.add(model)
    assert publishing.what_uses(model) == [f"{evaluation} asks it just now"]


def test_another_projects_embeddings_change_no_model_and_are_no_reason_to_delete_those_in_use(project, registry_rows):
    vectors, model = registry_rows["vectors"], registry_rows["ner_drug"]
    own = registered("own", project=project)
    registered("theirs", kind="embeddings", project=Project.objects.create(name="Theirs"))
    assert (model.provider(), own.provider()) == (vectors, vectors)
    assert publishing.what_uses(vectors) == ["ner_drug 1, ner_problem 1, own 1 would be left without embeddings"]
    said("models", "retire", "vectors")
    mine = registered("mine", kind="embeddings", project=project)
    assert (model.provider(), own.provider()) == (None, mine)


def test_a_model_is_published_together_with_the_embeddings_that_it_needs(project, admin):
    vectors = registered("own_vectors", kind="embeddings", project=project)
    model = registered("own", project=project)
    assert publishing.publish([model], admin) == [vectors, model]
    assert list(NlpModel.objects.exclude(project=None)) == []


def test_a_version_that_nobody_wants_any_more_goes_though_a_config_has_its_name(configured, settings, tmp_path):
    settings.MODELS_DIR = tmp_path
    publishing.take_back(registered("ner_drug", 2, labels=["DRUG"]))
    assert list(NlpModel.objects.filter(name="ner_drug").values_list("version", flat=True)) == [1]


def test_one_that_was_deployed_meanwhile_is_retired_instead(configured, manager):
    version = registered("ner_drug", 2, labels=["DRUG"])
    actions.deploy(configured, manager)
    publishing.take_back(version)
    assert NlpModel.objects.get(pk=version.pk).retired_at is not None
