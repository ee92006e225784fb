"""The page of active learning: who may set it, what it says."""

import pytest
from django.urls import reverse
from django.utils import timezone

from preannotation.models import ActiveLearning, Comparison, NlpModel, Training
from projects.models import Completion
from tests.conftest import client_of
from tests.preannotation.conftest import add_tasks, registered


@pytest.fixture
def template(configured):
    return Training.objects.create(
        project=configured, name="ner_drug", kind="ner", engine="NerDL", nlp_model=NlpModel.objects.get(name="ner_drug")
    )


def address(project):
    return reverse("preannotation:active_learning", args=[project.pk])


def values(training, /, **changed):
    sent = {"is_on": "on", "template": training.pk, "embeddings": "", "every": "20", "margin": "0.02"} | changed
    return {f"learning-{name}": value for name, value in sent.items()}


def test_a_manager_sets_it_and_the_log_says_so(configured, template, manager):
    client = client_of(manager)
    assert client.post(address(configured), values(template)).url == address(configured)
    rule = ActiveLearning.objects.get()
    assert (rule.is_on, rule.every, rule.margin, rule.template, rule.by) == (True, 20, 0.02, template, manager)
    assert configured.activities.newest().first().words == (
        "set active learning: train ner_drug after every 20 new submitted completions, deploy what is better by 0.020"
    )
    assert "The next training starts after 20 more" in client.get(address(configured)).content.decode()


@pytest.mark.parametrize(("role", "status"), [("annotator", 403), ("reviewer", 403), ("outsider", 404)])
def test_others_may_neither_look_nor_set(role, status, configured, template, request):
    client = client_of(request.getfixturevalue(role))
    answers = {
        client.get(address(configured)).status_code,
        client.post(address(configured), values(template)).status_code,
    }
    assert (answers, ActiveLearning.objects.count()) == ({status}, 0)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"every": "0"}, "greater than or equal to 1"),
        ({"margin": "1.5"}, "less than or equal to 1"),
        ({"margin": "nan"}, "Enter a number"),
        ({"template": ""}, "Choose the training to repeat"),
        ({"embeddings": "999999"}, "not one of the available choices"),
    ],
)
def test_bad_values_are_refused_with_the_reason(wrong, words, configured, template, manager):
    answer = client_of(manager).post(address(configured), values(template, **wrong))
    said = (answer.status_code, words in answer.content.decode(), ActiveLearning.objects.count())
    assert said == (422, True, 0)


def test_trainings_and_embeddings_of_other_projects_are_not_on_offer(configured, template, owner):
    other = type(configured).create(owner=owner, name="Other", labeling_config="<View/>")
    foreign = Training.objects.create(project=other, name="x", kind="ner", engine="NerDL", nlp_model=registered("x"))
    vectors = registered("private", kind="embeddings", project=other)
    client = client_of(owner)
    for wrong in ({"template": foreign.pk}, {"embeddings": vectors.pk}):
        assert (
            "not one of the available choices"
            in client.post(address(configured), values(template, **wrong)).content.decode()
        )


def test_what_happened_last_stands_on_the_page(configured, template, manager):
    ActiveLearning.objects.create(
        project=configured, is_on=True, template=template, said="kept <b>", said_at=timezone.now()
    )
    Comparison.objects.create(
        project=configured, training=template, old=None, new=template.nlp_model, tasks=[1, 2, 3],
        figures={"old": {"f1": 0.5}, "new": {"f1": 0.625}}, said="ner_drug 1 is better",
    )  # fmt: skip
    page = client_of(manager).get(address(configured)).content.decode()
    assert [words in page for words in ("Kept &lt;b&gt;.", "F1 0.500", "F1 0.625", "nothing older")] == [True] * 4


def test_a_page_that_shows_the_newest_state_is_not_sent_again(configured, template, manager):
    ActiveLearning.objects.create(project=configured, is_on=True, every=5, template=template)
    client = client_of(manager)
    mark = client.get(address(configured)).context["learning"].mark
    ask = {"path": f"{address(configured)}?seen={mark}", "headers": {"HX-Request": "true"}}
    assert client.get(**ask).status_code == 204
    task = add_tasks(configured, ["a note"])[0]
    Completion.objects.create(task=task, username="anna", submitted_at=timezone.now())
    assert "starts after 4 more" in client.get(**ask).content.decode()


def test_the_page_asks_as_much_whatever_was_compared(configured, template, manager, django_assert_max_num_queries):
    for number in range(12):
        training = Training.objects.create(project=configured, name=f"m{number}", kind="ner", engine="NerDL")
        Comparison.objects.create(project=configured, training=training, new=template.nlp_model, old=template.nlp_model)
    client = client_of(manager)
    with django_assert_max_num_queries(12):
        client.get(address(configured))
