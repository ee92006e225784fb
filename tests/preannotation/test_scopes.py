"""Which tasks a run is about: each choice is counted exactly, and nothing is ever meant silently."""

import pytest
from django.urls import reverse

from preannotation import actions, scopes
from preannotation.mapping import source_key
from preannotation.models import PreannotationRun
from projects.labeling_config import parse
from projects.models import Prediction, Task
from tests.conftest import client_of
from tests.preannotation.conftest import CONFIG, add_tasks, ready

HTMX = {"HX-Request": "true"}
VERSIONS = {"ner_drug": 1, "ner_problem": 1}


def said_of(task: Task, key, run_id: int | None = 1, **values) -> Prediction:
    return task.predictions.create(text_hash=task.text_hash, source_key=key, model_version="x", run_id=run_id, **values)


@pytest.fixture
def tasks(configured, manager) -> list[Task]:
    """Without a prediction, answered by what is deployed, by an older source, by an import."""
    ready(actions.deploy(configured, manager))
    tasks = add_tasks(configured, ["a", "b", "c", "d"])
    config = parse(CONFIG).config
    said_of(tasks[1], source_key(config, VERSIONS))
    said_of(tasks[2], source_key(config, {"ner_drug": 7}))
    said_of(tasks[3], source_key(config, {"ner_drug": 8}), run_id=None)
    Task.objects.filter(pk=tasks[3].pk).update(preannotation_state="failed")
    return tasks


def popup(project, by, **data):
    answer = client_of(by).post(reverse("preannotation:popup", args=[project.pk]), data, headers=HTMX)
    scope = answer.context["scope"]
    return scope.chosen.kind, scope.words, {choice.kind: choice.count for choice in scope.choices}


def test_every_choice_has_its_exact_count(configured, manager, tasks):
    ids = ",".join(str(task.pk) for task in tasks)
    asked = {"task": str(tasks[0].pk), "page": ids, "filter": "state=failed"}
    counts = {"ticked": 1, "page": 4, "filter": 1, "without": 1, "stale": 1}
    assert popup(configured, manager, **asked) == ("ticked", "selected: 1 task", counts)
    assert popup(configured, manager, **asked, everything="1") == (
        "filter",
        "all tasks that match the filter (pre-annotation: failed): 1 task",
        counts,
    )
    assert popup(configured, manager, **asked, scope="stale")[:2] == (
        "stale",
        "all tasks with stale predictions: 1 task",
    )


def test_nothing_ticked_is_this_page_and_never_the_project(configured, manager, tasks):
    assert popup(configured, manager, page=f"{tasks[0].pk},{tasks[1].pk}")[:2] == ("page", "this page: 2 tasks")
    assert popup(configured, manager)[:2] == ("page", "no task selected")


def test_predictions_under_a_threshold_that_was_used_are_not_stale(configured, manager, tasks):
    config = parse(CONFIG).config
    Prediction.objects.filter(task=tasks[1]).update(source_key=source_key(config, VERSIONS, {"ner_drug": 0.5}))
    assert scopes.stale(configured).count == 2
    actions.preannotate(
        configured, manager, configured.tasks.all(), "all", actions.RunOptions(thresholds={"ner_drug": 0.5})
    )
    assert scopes.stale(configured).count == 1


def test_a_query_whose_count_changed_is_asked_again(configured, manager, tasks):
    client = client_of(manager)
    asked = {"scope": "without", "count": "1"}
    add_tasks(configured, ["e"])
    answer = client.post(reverse("preannotation:start", args=[configured.pk]), asked, headers=HTMX)
    assert (answer.headers["HX-Retarget"], PreannotationRun.objects.count()) == ("#popup-body", 0)
    client.post(reverse("preannotation:start", args=[configured.pk]), asked | {"count": "2"}, headers=HTMX)
    run = PreannotationRun.objects.get()
    assert (run.total, run.scope) == (2, "all tasks without predictions: 2 tasks")


def test_many_ticked_ids_come_in_one_field_and_too_many_are_refused_in_words(configured, manager, tasks, monkeypatch):
    ids = ",".join(map(str, range(1, 6_000)))
    assert popup(configured, manager, task=ids)[0] == "ticked"
    monkeypatch.setattr(scopes, "MOST_TICKED", 3)
    asked = {"task": ",".join(str(task.pk) for task in tasks), "count": "0"}
    answer = client_of(manager).post(reverse("preannotation:start", args=[configured.pk]), asked, headers=HTMX)
    assert "4 tasks are ticked, more than 3." in answer.content.decode()
    assert PreannotationRun.objects.count() == 0


def test_starting_over_a_query_sends_no_ids_and_costs_the_same_for_any_number(
    configured, manager, tasks, django_assert_max_num_queries
):
    asked = {"everything": "1", "filter": "", "count": "4"}
    client = client_of(manager)
    with django_assert_max_num_queries(40):
        client.post(reverse("preannotation:start", args=[configured.pk]), asked, headers=HTMX)
    assert PreannotationRun.objects.get().total == 4


@pytest.mark.parametrize("given", ["1.5", "-1", "nan", "much"])
def test_a_threshold_that_is_none_is_refused_by_name(configured, manager, tasks, given):
    asked = {"task": tasks[0].pk, "count": "1", "threshold:ner_drug": given}
    page = client_of(manager).post(reverse("preannotation:start", args=[configured.pk]), asked, headers=HTMX)
    assert page.content.decode().count("The threshold of &quot;ner_drug&quot; is") == 1
    assert PreannotationRun.objects.count() == 0


def test_options_of_the_popup_are_those_of_the_run(configured, manager, tasks):
    asked = {
        "task": tasks[0].pk,
        "count": "1",
        "threshold:ner_drug": "0.8",
        "threshold:ner_problem": "",
        "replace": "1",
    }
    client_of(manager).post(reverse("preannotation:start", args=[configured.pk]), asked, headers=HTMX)
    run = PreannotationRun.objects.get()
    assert (run.replace, run.thresholds) == (True, {"ner_drug": 0.8})
