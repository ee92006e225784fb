"""Active learning step by step: a training that is due, the comparison behind it, and what is deployed."""

import threading

import pytest
from django.db import connection
from django.utils import timezone

from preannotation import actions, comparing, learning_jobs, workers
from preannotation.active_learning import look_after, submitted, switch
from preannotation.contract import ModelLoadError
from preannotation.models import ActiveLearning, Comparison, Deployment, NlpModel, Training
from preannotation.queues import QUEUES
from preannotation.training import data
from preannotation.training.examples import Example, Look
from preannotation.training.parameters import defaults
from projects.models import Activity, Completion
from tests.preannotation.conftest import add_tasks, ready, registered

State = Training.State
HELD_OUT = [Example(number, f"text {number}", ((0, 4, "DRUG"),)) for number in (1, 2, 3, 4)]
LOOK = Look(train=[Example(7, "text 7", ((0, 4, "DOSAGE"),))], test=HELD_OUT)
SAW = {"train": [7], "test": [1, 2, 3, 4], "sha256": "0"}


class TooFew(Exception):
    pass


def start(training, by):
    training.state = State.QUEUED
    training.save()
    return training


def refuse(training, by):
    raise TooFew("No label has examples.")


def look(do=start):
    return look_after(do, TooFew)


def submit(project, count):
    already = project.tasks.count()
    for task in add_tasks(project, [f"note {already} {number}" for number in range(count)]):
        Completion.objects.create(task=task, username="anna", submitted_at=timezone.now())


def log(project):
    return list(project.activities.filter(verb=Activity.Verb.MODELS).order_by("pk").values_list("username", "words"))


@pytest.fixture
def rule(configured, owner):
    """On, for every two new submitted completions; ner_drug 1 was trained here and is deployed."""
    first = NlpModel.objects.get(name="ner_drug")
    template = Training.objects.create(
        project=configured, name="ner_drug", kind="ner", engine="NerDL", controls=["label"], nlp_model=first,
        embeddings=NlpModel.objects.get(name="vectors"), parameters={"epochs": 5}, seed=99, deploy_after=True,
        use_in_config=True, data=SAW,
    )  # fmt: skip
    ready(actions.deploy(configured, owner))
    rule = ActiveLearning(project=configured, is_on=True, every=2, margin=0.01, template=template)
    switch(rule, owner)
    return rule


@pytest.fixture
def trained(rule):
    """A training of the rule that gave ner_drug 2; its comparison is queued."""
    submit(rule.project, 2)
    look()
    training = Training.objects.get(is_automatic=True)
    training.state, training.data = State.DONE, SAW
    training.nlp_model = registered("ner_drug", 2, labels=["DRUG", "DOSAGE"], project=rule.project)
    training.save()
    assert look() == 1
    return training


def run(before, after, see=lambda training: LOOK):
    pk = Comparison.objects.get().pk
    comparing.compare(pk, see, lambda *about: {"old": {"f1": before}, "new": {"f1": after}})
    return Comparison.objects.get(pk=pk)


def test_after_as_many_new_completions_it_repeats_the_training(rule):
    submit(rule.project, 1)
    assert look() == 0
    submit(rule.project, 1)
    assert look() == 1
    made = Training.objects.get(is_automatic=True)
    assert (made.name, made.seed, made.parameters, made.embeddings_id) == (
        "ner_drug", 99, {"epochs": 5}, rule.template.embeddings_id,
    )  # fmt: skip
    # Deploying is decided by the comparison, not by the training.
    assert (made.created_by, made.deploy_after, made.use_in_config) == (rule.by, False, False)
    assert log(rule.project)[-1] == (
        "", f"active learning: started training {made.pk} of ner_drug after 2 new submitted completions",
    )  # fmt: skip


def test_drafts_and_corrections_by_reviewers_set_off_nothing(rule):
    submit(rule.project, 1)
    first = Completion.objects.get()
    Completion.objects.create(task=first.task, username="otto")
    Completion.objects.create(task=first.task, username="rui", corrects=first, submitted_at=timezone.now())
    assert (submitted(rule.project), look()) == (1, 0)


def test_a_rule_that_is_off_does_nothing(rule, owner):
    rule.is_on = False
    switch(rule, owner)
    submit(rule.project, 5)
    assert (look(), log(rule.project)[-1]) == (0, ("olga", "switched active learning off"))


def test_what_was_submitted_before_it_is_switched_on_sets_off_nothing(rule, owner):
    rule.is_on = False
    switch(rule, owner)
    submit(rule.project, 7)
    rule.is_on = True
    switch(rule, owner)
    assert (rule.counted, look()) == (7, 0)


def test_changing_a_number_forgets_nothing_of_what_is_under_way(rule, owner):
    submit(rule.project, 2)
    stale = ActiveLearning.objects.get()
    look()
    stale.margin = 0.2
    switch(stale, owner)
    rule.refresh_from_db()
    assert (rule.margin, rule.counted, rule.last) == (0.2, 2, Training.objects.get(is_automatic=True))


def test_a_deleted_project_takes_its_rule_and_its_comparisons_along(trained):
    NlpModel.objects.update(project=None)
    trained.project.delete()
    assert (ActiveLearning.objects.count(), Comparison.objects.count()) == (0, 0)


def test_while_any_training_of_the_project_is_under_way_none_is_started(rule):
    other = Training.objects.create(project=rule.project, name="x", kind="ner", engine="NerDL", state=State.RUNNING)
    submit(rule.project, 2)
    assert look() == 0
    Training.objects.filter(pk=other.pk).update(state=State.FAILED)
    assert look() == 1


def test_a_second_look_starts_no_second_training(rule):
    submit(rule.project, 9)
    assert [look(), look(), look()] == [1, 0, 0]
    assert Training.objects.filter(is_automatic=True).count() == 1


def test_a_refused_training_is_told_and_tried_again_after_as_many_more(rule):
    submit(rule.project, 2)
    assert [look(refuse), look(refuse)] == [0, 0]
    refusals = [words for _, words in log(rule.project) if "No label has examples." in words]
    assert len(refusals) == 1
    submit(rule.project, 2)
    assert look() == 1


@pytest.mark.parametrize(
    ("state", "failure", "why"), [("failed", "Its memory was full.", "memory was full"), ("cancelled", "", "cancelled")]
)
def test_a_training_that_gave_no_model_is_told_once(rule, state, failure, why):
    submit(rule.project, 2)
    look()
    Training.objects.filter(is_automatic=True).update(state=state, failure=failure)
    assert [look(), look()] == [0, 0]
    rule.refresh_from_db()
    assert (why in rule.said, rule.last, Comparison.objects.count()) == (True, None, 0)
    assert len([words for _, words in log(rule.project) if "gave no model" in words]) == 1


def test_one_projects_trouble_keeps_no_other_waiting(rule):
    def fail(training, by):
        raise RuntimeError

    submit(rule.project, 2)
    assert look(fail) == 0
    # All of the step is undone, so the next look tries again.
    assert look() == 1


def test_a_better_model_is_deployed_with_the_figures_in_the_log(trained):
    row = run(0.8, 0.85)
    assert {model.name: model.version for model in row.deployment.nlp_models.all()} == {"ner_drug": 2, "ner_problem": 1}
    assert (row.state, row.tasks, row.old.version) == ("done", [1, 2, 3, 4], 1)
    assert log(row.project)[-1][1] == (
        "active learning: model ner_drug 2 is better: F1 0.800 before, 0.850 now on 4 held-out tasks (+0.050, wanted "
        f"+0.010). Deploys it ({row.deployment})"
    )


def test_a_model_that_is_not_better_is_held_back(trained):
    row = run(0.8, 0.805)
    trained.nlp_model.refresh_from_db()
    assert (row.state, row.deployment, Deployment.objects.count()) == ("done", None, 1)
    # A deployment by anybody takes the newest usable version.
    assert trained.nlp_model.is_usable is False
    assert "is not better" in log(row.project)[-1][1]


def test_where_the_config_does_not_name_the_model_people_are_told(trained, owner):
    config = trained.project.labeling_config.replace('model="ner_drug"', "")
    trained.project.set_labeling_config(config, owner)
    assert (run(0.1, 0.9).deployment, "doesn't name ner_drug" in log(trained.project)[-1][1]) == (None, True)


def test_a_later_version_is_not_deployed_unmeasured(trained):
    registered("ner_drug", 3, labels=["DRUG", "DOSAGE"], project=trained.project)
    row = run(0.1, 0.9)
    assert (row.deployment, "would take ner_drug 3 instead" in row.said) == (None, True)


def test_tasks_that_the_older_model_learned_from_or_that_came_later_do_not_count(trained, rule):
    Training.objects.filter(pk=rule.template.pk).update(data={"train": [1, 2], "test": [7]})
    moved = Look(test=[*HELD_OUT, Example(8, "text 8")])
    row = run(0.1, 0.9, lambda training: moved)
    assert (row.state, row.deployment, row.failure.startswith("only 2 held-out tasks")) == ("failed", None, True)
    assert "was not compared, so it was not deployed: only 2" in log(row.project)[-1][1]


def test_a_model_that_cannot_be_measured_is_not_deployed(trained):
    def fail(*about):
        raise ModelLoadError("ner_drug 2 could not be loaded.")

    comparing.compare(Comparison.objects.get().pk, lambda training: LOOK, fail)
    row = Comparison.objects.get()
    assert (row.state, row.failure, Deployment.objects.count()) == ("failed", "ner_drug 2 could not be loaded.", 1)


def test_switching_off_ends_the_comparison_and_deploys_nothing(trained, rule, owner):
    rule.refresh_from_db()
    rule.is_on = False
    switch(rule, owner)
    assert (run(0.1, 0.9).state, Deployment.objects.count()) == ("cancelled", 1)


def test_a_rule_that_was_switched_off_while_it_was_measured_deploys_nothing(trained):
    def measure(*about):
        ActiveLearning.objects.update(is_on=False)
        return {"old": {"f1": 0.1}, "new": {"f1": 0.9}}

    comparing.compare(Comparison.objects.get().pk, lambda training: LOOK, measure)
    assert (Comparison.objects.get().state, Deployment.objects.count()) == ("cancelled", 1)


def test_a_second_delivery_of_a_comparison_does_nothing(trained):
    run(0.8, 0.9)
    run(0.8, 0.9)
    assert Deployment.objects.count() == 2


def test_without_a_deployment_the_newest_version_before_is_the_older_one(rule):
    Deployment.objects.update(state=Deployment.State.STOPPED)
    new = registered("ner_drug", 2, labels=["DRUG"], project=rule.project)
    assert comparing.older(new, rule.project) == NlpModel.objects.get(name="ner_drug", version=1)
    assert comparing.older(registered("ner_other"), rule.project) is None


def test_a_comparison_whose_worker_died_is_queued_again_and_then_given_up(trained):
    long_ago = timezone.now() - timezone.timedelta(minutes=5)
    dead = {"state": "running", "claimed_by": "a worker", "beat_at": long_ago}
    Comparison.objects.update(**dead)
    assert (comparing.revive(), Comparison.objects.get().state) == (1, "queued")
    Comparison.objects.update(**dead)
    assert (comparing.revive(), Comparison.objects.get().state) == (1, "failed")
    assert "The worker died 2 times" in log(trained.project)[-1][1]


@pytest.mark.django_db(transaction=True)
def test_two_watchers_at_once_start_one_training(rule):
    submit(rule.project, 2)
    started, may_end = threading.Event(), threading.Event()

    def slowly(training, by):
        started.set()
        assert may_end.wait(10)
        return start(training, by)

    def first():
        try:
            look(slowly)
        finally:
            connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    assert started.wait(10)
    second = look()
    may_end.set()
    thread.join()
    assert (second, look(), Training.objects.filter(is_automatic=True).count()) == (0, 0, 1)


def test_the_watcher_of_the_training_workers_looks_while_a_rule_is_on(rule, owner, monkeypatch, tmp_path):
    called = []
    monkeypatch.setattr(learning_jobs, "look_after", lambda: called.append("looked"))
    groups = [workers.WorkerGroup(queue, tmp_path) for queue in QUEUES]
    for group in groups:
        group._learn()
    rule.is_on = False
    switch(rule, owner)
    for group in groups:
        group._learn()
    assert called == ["looked"]


def test_with_the_real_training_and_examples_it_goes_from_completions_to_a_deployment(labelled, owner, monkeypatch):
    """Only the engine is not there: what it would answer is given."""
    first = NlpModel.objects.get(name="ner_drug")
    NlpModel.objects.filter(pk=first.pk).update(project=labelled)
    first.refresh_from_db()
    template = Training.objects.create(
        project=labelled, name="ner_drug", kind="ner", engine="NerDL", controls=["label"], labels=["DRUG"],
        nlp_model=first, embeddings=NlpModel.objects.get(name="vectors"), split=Training.Split.SHARE, test_share=0.3,
        parameters=defaults("NerDL", 30),
    )  # fmt: skip
    switch(ActiveLearning(project=labelled, is_on=True, every=3, template=template), owner)
    assert learning_jobs.look_after() == 0
    submit(labelled, 3)
    assert learning_jobs.look_after() == 1
    training = Training.objects.get(is_automatic=True)
    second = registered("ner_drug", 2, labels=["DRUG", "DOSAGE"], project=labelled)
    seen = data.look_at(training)[0]
    Training.objects.filter(pk=training.pk).update(state=State.DONE, nlp_model=second, data=seen.data())
    assert learning_jobs.look_after() == 1
    monkeypatch.setattr(comparing, "_measured", lambda *about: {"old": {"f1": 0.5}, "new": {"f1": 0.75}})
    learning_jobs.compare(Comparison.objects.get().pk)
    row = Comparison.objects.get()
    assert (row.state, row.tasks == [example.task_id for example in seen.test], len(row.tasks) > 5) == (
        "done",
        True,
        True,
    )
    assert second in row.deployment.nlp_models.all()


def test_completions_that_teach_nothing_new_set_off_no_training(rule):
    template = rule.template
    template.split, template.state = Training.Split.TAGS, State.DONE
    found, _ = data.look_at(template)
    template.data = found.data()
    template.save()
    submit(rule.project, 2)
    assert look() == 0
    assert log(rule.project)[-1] == (
        "",
        "active learning: nothing was trained after 2 new submitted completions: its examples would be those of "
        f"{template}; tasks give no example, of 2 because it has neither tag, Train nor Test. It tries again after 2 "
        "more submitted completions",
    )
