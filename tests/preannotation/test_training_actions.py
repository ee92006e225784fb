"""What can be trained of a project, what stands in the way, and whose turn it is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from preannotation.models import NlpModel, Training
from preannotation.training import actions, afterwards, data, job
from preannotation.training.asked import Asked
from preannotation.training.data import look_at
from preannotation.training.examples import Look
from preannotation.training.subjects import subjects
from projects.labeling_config import parse
from projects.models import Activity, Completion, Project
from tests.conftest import NER_CONFIG
from tests.preannotation.conftest import registered

TEXT = "Takes aspirin for pain."
ALL_KINDS = """<View>
  <Labels name="label" toName="text">
    <Label value="DRUG" model="ner_drug"/><Label value="PROBLEM" model="ner_problem"/>
  </Labels>
  <Labels name="status" toName="text">
    <Label value="present" assertion="true"/><Label value="absent" assertion="true"/>
  </Labels>
  <Choices name="topic" toName="text"><Choice value="A"/><Choice value="B"/></Choices>
  <Choices name="topics" toName="text" choice="multiple"><Choice value="A"/><Choice value="B"/></Choices>
  <Choices name="sure" toName="text" perRegion="true"><Choice value="yes"/><Choice value="no"/></Choices>
  <Text name="text" value="$text"/>
</View>
"""


def asked(project: Project, **given: str) -> Training:
    found = Asked.of(project, given)
    assert found is not None
    return found.training


def refusals(project: Project, **given: str) -> tuple[str, ...]:
    with pytest.raises(actions.TrainingRefused) as refused:
        actions.start(asked(project, **given), None)
    return refused.value.problems


def test_a_config_gives_entities_statuses_and_choices_of_the_whole_text_to_learn():
    found = subjects(parse(ALL_KINDS).config)
    assert [(one.key, one.engines, one.labels) for one in found] == [
        ("ner:label", ("NerDL", "NerCrf"), ("DRUG", "PROBLEM")),
        ("assertion:status", ("Assertion",), ("present", "absent")),
        ("classification:topic", ("ClassifierDL",), ("A", "B")),
        ("classification:topics", ("MultiClassifierDL",), ("A", "B")),
    ]
    assert [one.chunk_labels for one in found] == [(), ("DRUG", "PROBLEM"), (), ()]
    assert subjects(None) == []


def test_the_embeddings_of_the_models_in_the_config_are_the_usual_ones(labelled):
    registered("a_first", kind="embeddings", engine_class="Word2VecModel", dimension=128, storage_ref="other")
    assert str(asked(labelled).embeddings) == "vectors 1"
    Project.objects.filter(pk=labelled.pk).update(labeling_config=labelled.labeling_config.replace("ner_", "no_"))
    assert str(asked(Project.objects.get(pk=labelled.pk)).embeddings) == "a_first 1"


def test_a_start_makes_a_row_a_job_and_a_line_in_the_log_and_a_second_click_gets_the_same(labelled, manager):
    training = actions.start(asked(labelled, name="ner_mine"), manager)
    again = actions.start(asked(labelled, name="ner_mine"), manager)
    assert (again.pk, training.state, training.embeddings.name) == (training.pk, "queued", "vectors")
    assert training.look["train"] + training.look["test"] == 40
    assert OrmQ.objects.filter(key="training").count() == 1
    last = Activity.objects.newest().first()
    assert (last.username, last.verb, last.words) == (
        manager.username, "models", f"asked for training {training.pk} of ner_mine (NerDL, submitted completions)",
    )  # fmt: skip


def test_every_reason_against_a_training_is_said_at_once(labelled):
    assert refusals(labelled, name="Not a name", epochs="0", test_share="20") == (
        "\"Not a name\" can't be a model's name. Use lower case letters and digits, with _ . - between them, 100 "
        "characters at most.",
        "Epochs must be a whole number from 1 to 200, not 0.",
    )


def test_a_name_of_somebody_elses_model_is_refused(labelled, outsider):
    theirs = Project.create(owner=outsider, name="Theirs")
    registered("ner_theirs", project=theirs)
    expected = 'There is a model "{}" already, which {}. Choose another name.'
    assert refusals(labelled, name="ner_drug") == (expected.format("ner_drug", "is published to all projects"),)
    assert refusals(labelled, name="ner_theirs") == (expected.format("ner_theirs", "belongs to another project"),)


def test_vectors_that_are_trained_along_need_a_free_name_too(labelled, outsider):
    theirs = Project.create(owner=outsider, name="Theirs")
    registered("ner_mine_vectors", kind="embeddings", project=theirs)
    assert actions.problems(asked(labelled, name="ner_mine")) == []
    assert refusals(labelled, name="ner_mine", embeddings="own") == (
        'There is a model "ner_mine_vectors" already, which belongs to another project. Choose another name.',
    )


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ("trained", ""),
        ("uploaded", 'There is a model "ner_mine_vectors" already, which is published to all projects. '),
    ],
)
def test_vectors_that_a_training_published_may_have_a_next_version_but_no_copy_of_them(labelled, origin, expected):
    registered("ner_mine_vectors", kind="embeddings", storage_ref="own", origin=origin)
    first = asked(labelled, name="ner_mine", embeddings="own")
    first.state, first.nlp_model = "done", registered("ner_mine", storage_ref="own", origin="trained")
    first.save()
    again = actions.problems(asked(labelled, name="ner_mine", embeddings="own"))
    assert again == ([f"{expected}Choose another name."] if expected else [])


def test_embeddings_of_a_size_without_a_network_are_refused_before_anything_starts(labelled):
    odd = registered("odd", kind="embeddings", storage_ref="odd", dimension=77)
    (problem,) = refusals(labelled, name="ner_mine", embeddings=str(odd.pk))
    assert problem.startswith("The embeddings have 77 dimensions; NerDL can be trained on 100, 128,")
    assert actions.problems(asked(labelled, name="ner_mine", embeddings=str(odd.pk), engine="NerCrf")) == []


def test_too_few_completions_and_unreviewed_ones_are_refused_with_the_number(labelled):
    too_few = (
        "0 tasks to train on are too few; at least 10 are needed. Submit more completions, or choose another split."
    )
    assert refusals(labelled, name="ner_mine", source="reviewed") == (too_few,)
    assert Training.objects.count() == 0


def test_rejected_and_corrected_completions_teach_nothing(labelled, reviewer):
    rejected, corrected, *_ = Completion.objects.order_by("task")
    Completion.objects.filter(pk=rejected.pk).update(review="rejected")
    Completion.objects.filter(pk=corrected.pk).update(review="corrected")
    correction = Completion.objects.create(
        task=corrected.task, user=reviewer, username="rita", submitted_at=timezone.now(), corrects=corrected, result=[]
    )
    found, is_all = look_at(asked(labelled, test_share="0"))
    assert is_all
    assert rejected.task_id not in {example.task_id for example in found.train}
    assert next(one for one in found.train if one.task_id == correction.task_id).spans == ()
    reviewed, _ = look_at(asked(labelled, test_share="0", source="reviewed"))
    assert [one.task_id for one in reviewed.train] == [correction.task_id]


def test_the_queue_is_fair_by_person(labelled, manager, owner):
    first, second = (actions.start(asked(labelled, name=f"ner_{n}"), manager) for n in "ab")
    third = actions.start(asked(labelled, name="ner_c"), owner)
    assert [training.pk for training in Training.objects.queued()] == [first.pk, second.pk, third.pk]
    Training.objects.claim(first.pk)
    assert [training.pk for training in Training.objects.queued()] == [third.pk, second.pk]


def test_a_training_that_waits_is_cancelled_at_once_and_one_whose_worker_died_twice_fails(labelled, manager):
    waiting = actions.start(asked(labelled, name="ner_a"), manager)
    actions.cancel(waiting, manager)
    waiting.refresh_from_db()
    assert waiting.state == "cancelled"
    dead = actions.start(asked(labelled, name="ner_b"), manager)
    for _ in range(2):
        Training.objects.claim(dead.pk)
        Training.objects.filter(pk=dead.pk).update(beat_at=timezone.now() - timedelta(minutes=1))
        assert actions.revive() == 1
    dead.refresh_from_db()
    assert (dead.state, dead.failure) == ("failed", actions.DIED)


def test_a_trained_model_takes_the_place_of_the_one_that_the_config_asked_for_the_same_labels(labelled, manager):
    trained = registered("ner_mine", labels=["DRUG"], project=labelled, origin="trained")
    xml = afterwards.config_with(labelled.labeling_config, trained, "label")
    assert {ask.label: ask.model for ask in parse(xml).config.asks} == {"DRUG": "ner_mine", "PROBLEM": "ner_problem"}
    assert afterwards.config_with(xml, trained, "label") == xml


def test_choices_go_over_from_one_model_to_another_as_a_whole():
    xml = NER_CONFIG.replace(
        "<Text",
        '<Choices name="kind" toName="text" model="class_old"><Choice value="letter"/><Choice value="note"/></Choices>'
        "<Text",
    )
    trained = NlpModel(name="class_mine", version=1, kind="classification", labels=["letter"])
    asks = parse(afterwards.config_with(xml, trained, "kind")).config.asks
    assert [(ask.model, ask.control, ask.label) for ask in asks] == [("class_mine", "kind", "letter")]


@pytest.mark.parametrize("subject", subjects(parse(ALL_KINDS).config), ids=lambda subject: subject.key)
def test_a_trained_model_is_asked_for_its_labels_in_the_control_that_it_learned_them_of_and_nowhere_else(subject):
    trained = NlpModel(name="mine", version=1, kind=subject.kind, labels=list(subject.labels), multiple=True)
    config = parse(afterwards.config_with(ALL_KINDS, trained, subject.control)).config
    asks = [(ask.kind, ask.control, ask.label) for ask in config.asks if ask.model == "mine"]
    assert asks == [(subject.kind, subject.control, label) for label in subject.labels]
    assert [control.name for control in config.controls] == ["label", "status", "topic", "topics", "sure"]


def test_a_config_that_lost_the_control_while_the_model_was_trained_stays_as_it_is_and_that_is_said(labelled, manager):
    training = actions.start(asked(labelled, name="ner_mine", use_in_config="1"), manager)
    trained = registered("ner_mine", labels=["DRUG"], project=labelled, origin="trained")
    renamed = labelled.labeling_config.replace('name="label"', 'name="renamed"')
    Project.objects.filter(pk=labelled.pk).update(labeling_config=renamed)
    afterwards.follow_up(training, trained)
    training.refresh_from_db()
    labelled.refresh_from_db()
    assert (labelled.labeling_config, training.remark) == (
        renamed,
        'It was not put into the Labeling Config: There is no "label" any more that the labels of ner_mine could '
        "belong to.",
    )


def test_what_a_training_was_asked_to_do_afterwards_is_done_or_explained(labelled, manager):
    training = actions.start(asked(labelled, name="ner_mine", deploy_after="1"), manager)
    trained = registered("ner_mine", labels=["DRUG", "PROBLEM"], project=labelled, origin="trained")
    afterwards.follow_up(training, trained)
    training.refresh_from_db()
    assert training.remark == "Nothing was deployed: the Labeling Config does not name ner_mine."
    training.use_in_config = True
    afterwards.follow_up(training, trained)
    training.refresh_from_db()
    labelled.refresh_from_db()
    deployment = labelled.deployments.get()
    assert training.remark == (
        f"It is in the Labeling Config since version {labelled.config_version}. "
        f"{str(deployment).capitalize()} was asked for."
    )
    assert list(deployment.nlp_models.all()) == [trained]


def test_the_next_version_of_an_own_model_may_follow_after_it_was_published(labelled, manager):
    training = actions.start(asked(labelled, name="ner_mine"), manager)
    published = registered("ner_mine", labels=["DRUG"], origin="trained")
    Training.objects.filter(pk=training.pk).update(nlp_model=published, state="done")
    assert NlpModel.objects.get(name="ner_mine").project is None
    assert actions.problems(asked(labelled, name="ner_mine")) == []


def test_the_look_names_labels_without_an_example_and_says_of_every_task_why_it_gives_none(labelled, manager):
    first, second, third, *_ = Completion.objects.order_by("task_id")
    Completion.objects.filter(pk=first.pk).update(review="rejected")
    Completion.objects.filter(pk=second.pk).update(submitted_at=None)
    Completion.objects.filter(pk=third.pk).update(review="accepted")
    training = asked(labelled)
    training.labels = [*training.labels, "NEVER"]
    found, _ = look_at(training)
    assert found.counts()["NEVER"] == (0, 0)
    assert "NEVER" in found.scarce()
    assert dict(found.left_out) == {"nothing of it is submitted": 1, "what was submitted of it was rejected": 1}
    training.source = Training.Source.REVIEWED
    found, _ = look_at(training)
    assert (len(found.train) + len(found.test), found.left_out["no completion of it is reviewed"]) == (1, 37)


def test_what_nobody_asked_for_is_in_nobodys_name_in_the_log(labelled, manager):
    training = asked(labelled, name="ner_mine")
    training.is_automatic = True
    actions.start(training, manager)
    assert not Activity.objects.filter(words__startswith="asked for training").exists()


@pytest.mark.parametrize(("is_automatic", "name"), [(True, ""), (False, "mona")])
def test_a_model_that_active_learning_trained_is_in_nobodys_name_in_the_log(labelled, manager, is_automatic, name):
    training = asked(labelled, name="ner_mine")
    training.is_automatic = is_automatic
    claimed = Training.objects.claim(actions.start(training, manager).pk)
    model = registered("ner_mine", labels=["DRUG"], project=labelled)
    job._ended(claimed, model, {"parameters": {}}, Look())
    line = Activity.objects.newest().first()
    assert (line.username, line.words) == (name, f"trained {model} on 0 tasks ({training})")


def test_what_only_the_first_completions_lack_is_no_reason_against_a_training(labelled, manager, monkeypatch):
    """The training reads all; a page looks at some of them."""
    later = Completion.objects.order_by("task_id").last().task
    Completion.objects.exclude(task=later).update(result=[])
    no_label = "No task to train on has a region with one of these labels. Label some, then train."
    Completion.objects.filter(task=later).update(result=[])
    assert refusals(labelled, name="ner_mine", test_share="0") == (no_label,)
    monkeypatch.setattr(data, "MOST_LOOKED_AT", 12)
    assert actions.start(asked(labelled, name="ner_mine", test_share="0"), manager).look["is_all"] is False


def test_a_status_model_is_about_all_names_that_models_may_have_for_its_chunks(labelled):
    mapped = ALL_KINDS.replace(
        '<Label value="PROBLEM" model="ner_problem"/>',
        '<Label value="PROBLEM" alias="Problem" predicted_values="disease,finding" model="ner_problem"/>',
    )
    labelled.labeling_config = mapped
    training = asked(labelled, subject="assertion:status")
    assert training.chunk_labels == ["DRUG", "Problem"]
    assert job._about(training) == ["DRUG", "Problem", "disease", "finding", "PROBLEM"]
