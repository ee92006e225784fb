"""The training pages: who sees them, what the form says before anything starts, how a training is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from preannotation import publishing
from preannotation.models import Training
from preannotation.training.chart import chart
from tests.conftest import NER_CONFIG, client_of
from tests.preannotation.conftest import registered
from tests.preannotation.test_training_actions import asked
from tests.projects.rows import page, texts

HTMX = {"HX-Request": "true"}
BOTH = NER_CONFIG.replace(
    "<Text ", '<Choices name="kind" toName="text"><Choice value="letter"/><Choice value="note"/></Choices>\n  <Text '
)


def address(name, project, *more):
    return reverse(f"preannotation:{name}", args=[project.pk, *more])


@pytest.mark.parametrize(
    ("person", "status"), [("owner", 200), ("manager", 200), ("reviewer", 403), ("annotator", 403), ("outsider", 404)]
)
def test_who_may_see_and_start_trainings(request, labelled, person, status):
    client = client_of(request.getfixturevalue(person))
    assert client.get(address("trainings", labelled)).status_code == status
    sent = client.post(address("training_start", labelled), {"name": "ner_mine"})
    assert (sent.status_code, Training.objects.count()) == ((302, 1) if status == 200 else (status, 0))


def test_the_form_shows_what_a_training_would_see_before_it_starts(labelled, manager):
    response = client_of(manager).get(address("training_look", labelled), {"test_share": "0"}, headers=HTMX)
    assert texts(response, "//section[@class='training-look']/h4") == ["40 tasks to train on, 0 to test on"]
    assert texts(response, "//section[@class='training-look']//tbody/tr") == ["DRUG400", "PROBLEM400"]
    assert texts(response, "//*[contains(@class, 'warning')]") == [
        "No task to test on: the model's quality will not be known."
    ]
    assert page(response).xpath("//button[@id='training-start']/@disabled") == []


def test_a_refused_start_says_why_keeps_what_was_typed_and_stores_nothing(labelled, manager):
    given = {"name": "ner_drug", "epochs": "many", "seed": "7"}
    response = client_of(manager).post(address("training_start", labelled), given)
    assert (response.status_code, Training.objects.count()) == (422, 0)
    assert texts(response, "//div[@role='alert']//li") == [
        'Epochs is "many". Give a number from 1 to 200.',
        'There is a model "ner_drug" already, which is published to all projects. Choose another name.',
    ]
    assert len(page(response).xpath("//details[@id='training-parameters'][@open]")) == 1
    shown = page(response)
    assert [shown.xpath(f"//input[@name='{name}']/@value")[0] for name in given] == list(given.values())


def test_a_refused_start_names_everything_that_stands_in_the_way_as_the_look_does(labelled, manager):
    labelled.tasks.filter(pk__in=labelled.tasks.order_by("pk").values("pk")[4:]).delete()
    given = {"name": "ner_mine", "split": "share", "test_share": "0", "epochs": "0"}
    few = "4 tasks to train on are too few; at least 10 are needed. Submit more completions, or choose another split."
    for typed, first in (({}, []), ({"batch_size": "abc"}, ['Batch size is "abc". Give a number from 1 to 512.'])):
        refused = client_of(manager).post(address("training_start", labelled), given | typed)
        assert texts(refused, "//div[@role='alert']//li") == [
            *first,
            "Epochs must be a whole number from 1 to 200, not 0.",
            few,
        ]
        assert texts(refused, "//section[@id='training-look']//li") == texts(refused, "//div[@role='alert']//li")


def test_a_project_whose_config_has_nothing_to_learn_says_so(project, manager):
    response = client_of(manager).get(address("trainings", project))
    project.set_labeling_config('<View><Text name="text" value="$text"/></View>', manager)
    response = client_of(manager).get(address("trainings", project))
    assert texts(response, "//p[@class='empty']")[0].startswith("The Labeling Config has nothing that a model could")


def test_a_training_under_way_has_its_bar_before_the_first_epoch_and_its_list_is_polled(labelled, manager):
    client = client_of(manager)
    client.post(address("training_start", labelled), {"name": "ner_mine"})
    training = Training.objects.get()
    polled = "//section[@id='trainings-list']/@hx-trigger"
    for headers in ({}, HTMX):
        assert page(client.get(address("trainings", labelled), headers=headers)).xpath(polled) == ["every 2s"]
    seen = client.get(address("training", labelled, training.pk), headers=HTMX)
    assert texts(seen, "//*[@class='run-counts']") == ["0 of 20 epochs"]
    Training.objects.update(state="cancelled")
    seen = client.get(address("trainings", labelled), headers=HTMX)
    assert (page(seen).xpath(polled), texts(seen, "//section[@id='trainings-list']//td[1]")) == ([], ["Cancelled"])


@pytest.mark.parametrize(
    ("fields", "polled"),
    [
        ({"deploy_after": True}, ["every 2s"]),
        ({"use_in_config": True}, ["every 2s"]),
        ({"use_in_config": True, "remark": "It is in the Labeling Config since version 2."}, []),
        ({"use_in_config": True, "state": "failed"}, []),
        ({}, []),
    ],
)
def test_a_training_that_is_through_is_polled_until_what_came_after_it_is_told(labelled, manager, fields, polled):
    client_of(manager).post(address("training_start", labelled), {"name": "ner_mine"})
    Training.objects.update(**{"state": "done", "finished_at": timezone.now()} | fields)
    seen = client_of(manager).get(address("training", labelled, Training.objects.get().pk), headers=HTMX)
    assert page(seen).xpath("//div[@id='training-progress']/@hx-trigger") == polled
    assert texts(seen, "//p[@class='notice warning']") == []


def test_what_was_to_follow_a_training_and_is_not_told_of_is_said(labelled, manager):
    client_of(manager).post(address("training_start", labelled), {"name": "ner_mine"})
    ended = {"state": "done", "finished_at": timezone.now() - timedelta(minutes=2), "nlp_model": registered("ner_mine")}
    Training.objects.update(use_in_config=True, deploy_after=True, **ended)
    seen = client_of(manager).get(address("training", labelled, Training.objects.get().pk), headers=HTMX)
    assert page(seen).xpath("//div[@id='training-progress']/@hx-trigger") == ["every 30s"]
    assert texts(seen, "//p[@class='notice warning']") == [
        "ner_mine 1 was to be put into the Labeling Config and deployed, and nothing has been told of that so far. "
        "Look whether it was, and do it by hand if not."
    ]


def test_a_training_under_way_is_polled_and_one_that_is_through_is_not(labelled, manager):
    client = client_of(manager)
    client.post(address("training_start", labelled), {"name": "ner_mine"})
    training = Training.objects.claim(Training.objects.get().pk)
    history = [{"epoch": n, "of": 4, "seconds": 30.0, "loss": 9.0 / n, "f1": 0.2 * n} for n in (1, 2)]
    Training.objects.filter(pk=training.pk).update(history=history, phase="training on 32 texts")
    seen = client.get(address("training", labelled, training.pk), headers=HTMX)
    assert page(seen).xpath("//div[@id='training-progress']/@hx-trigger") == ["every 2s"]
    assert texts(seen, "//*[@class='run-counts']") == ["2 of 4 epochs"]
    assert texts(seen, "//p[@class='run-details']/span")[:2] == ["Training on 32 texts", "1 min left"]
    assert len(page(seen).xpath("//*[local-name()='polyline']")) == 2
    report = {"kind": "spans", "f1": 0.8, "examples": 8, "data": "8 texts kept for testing", "labels": {
        "DRUG": {"precision": 0.9, "recall": 0.7, "f1": 0.7875, "support": 8}},
        "confusion": {"labels": ["DRUG", "O"], "rows": [[6, 2], [1, 0]]}}  # fmt: skip
    model = registered("ner_mine", labels=["DRUG"], project=labelled, origin="trained", quality=report)
    Training.objects.filter(pk=training.pk).update(state="done", nlp_model=model, finished_at=timezone.now())
    seen = client.get(address("training", labelled, training.pk))
    assert page(seen).xpath("//div[@id='training-progress']/@hx-trigger") == []
    assert texts(seen, "//h3[@id='quality']") == ["Quality: F1 0.800"]
    assert texts(seen, "//table[contains(@class, 'confusion')]/tbody/tr") == ["DRUG62", "no label10"]


def test_a_training_of_another_project_is_not_found(labelled, manager, owner):
    theirs = type(labelled).create(owner=owner, name="Theirs")
    theirs.set_labeling_config(labelled.labeling_config, owner)
    foreign = Training.objects.create(project=theirs, name="x", kind="ner", engine="NerDL", state="queued")
    client = client_of(manager)
    assert client.get(address("training", labelled, foreign.pk)).status_code == 404
    assert client.post(address("training_cancel", labelled, foreign.pk)).status_code == 404


def test_the_number_of_queries_does_not_grow_with_the_trainings(labelled, manager, django_assert_num_queries):
    client = client_of(manager)
    for count in (1, 6):
        for number in range(count):
            made = asked(labelled, name=f"ner_{count}_{number}")
            made.created_by = manager
            made.save()
        with django_assert_num_queries(17):
            client.get(address("trainings", labelled))


def test_a_chart_marks_the_best_epoch_and_needs_two():
    history = [{"loss": 4.0, "f1": 0.5}, {"loss": 2.0, "f1": 0.75}, {"loss": 1.0, "f1": 0.75}]
    drawn = chart(history, 5)
    assert chart(history[:1], 5) is None
    assert [(line.name, line.least, line.most) for line in drawn.lines] == [("Score", 0.5, 0.75), ("Loss", 1.0, 4.0)]
    assert drawn.lines[0].points == "8.0,90.0 154.0,49.0 300.0,49.0"
    assert drawn.best == 154.0


@pytest.mark.parametrize("typed", ["nan", "inf", "-inf", "1e999", "9" * 400])
def test_what_is_no_number_to_people_is_refused_and_the_form_stays(labelled, manager, typed):
    client, given = client_of(manager), {"name": "ner_mine", "epochs": typed}
    assert client.get(address("training_look", labelled), given, headers=HTMX).status_code == 200
    refused = client.post(address("training_start", labelled), given)
    assert (refused.status_code, Training.objects.count()) == (422, 0)
    said = [f'Epochs is "{typed[:20]}". Give a number from 1 to 200.']
    assert texts(refused, "//div[@role='alert']//li") == said


@pytest.mark.parametrize("seed", ["-1", "13.5", "1e10"])
def test_a_seed_is_a_whole_number_and_its_bound_is_written_out(labelled, manager, seed):
    refused = client_of(manager).post(address("training_start", labelled), {"seed": seed, "split": "share"})
    assert texts(refused, "//div[@role='alert']//li") == [
        f'The seed is "{seed}". Give a whole number from 0 to 2147483647.'
    ]


def test_what_was_chosen_and_is_gone_meanwhile_is_said_and_not_replaced_by_something_else(labelled, manager):
    chosen = registered("other_vectors", kind="embeddings", dimension=100, storage_ref="other")
    given = {"name": "ner_mine", "subject": "ner:gone", "embeddings": str(chosen.pk)}
    publishing.retire([chosen], None)
    refused = client_of(manager).post(address("training_start", labelled), given)
    assert (refused.status_code, Training.objects.count()) == (422, 0)
    assert texts(refused, "//div[@role='alert']//li") == [
        "What was chosen to be learned is no longer in the Labeling Config. Choose again.",
        "The embeddings that were chosen are no longer offered. Choose others.",
    ]


def test_who_starts_what_another_one_is_training_is_told_that_it_is_theirs(labelled, manager, owner):
    client_of(owner).post(address("training_start", labelled), {"name": "ner_mine", "epochs": "3"})
    training = Training.objects.get()
    answer = client_of(manager).post(
        address("training_start", labelled), {"name": "ner_mine", "epochs": "9"}, follow=True
    )
    assert answer.redirect_chain[-1][0] == address("training", labelled, training.pk)
    said = f"ner_mine is under way already, in {training}. What you asked for was not started beside it."
    assert [str(message) for message in answer.context["messages"]] == [said]


def test_a_name_keeps_to_one_kind(labelled, manager):
    registered("class_mine", kind="classification", project=labelled)
    refused = client_of(manager).post(address("training_start", labelled), {"name": "class_mine"})
    assert texts(refused, "//div[@role='alert']//li") == [
        'The model "class_mine" is there for classification, and this one is for named entities. Choose another name.'
    ]


def test_a_proposed_name_follows_what_is_to_be_learned_and_one_that_was_typed_stays(project, manager):
    project.set_labeling_config(BOTH, manager)
    look, client = address("training_look", project), client_of(manager)

    def name(**given) -> str:
        return page(client.get(look, given, headers=HTMX)).xpath("//input[@name='name']/@value")[0]

    first = name()
    given = {"subject": "classification:kind", "name": first, "proposed": first}
    assert (first, name(**given)) == ("ner_discharge_notes_label", "class_discharge_notes_kind")
    assert name(**given | {"name": "ner_mine"}) == "ner_mine"


def test_a_page_whose_fields_have_not_followed_is_told_to_ask_for_all_of_them(labelled, manager):
    client, headers = client_of(manager), HTMX | {"HX-Target": "training-look"}
    look = address("training_look", labelled)
    shown = page(client.get(look, {"split": "share"}, headers=HTMX)).xpath("//input[@name='shown']/@value")[0]
    outdated = client.get(look, {"split": "tags", "shown": shown}, headers=headers)
    assert (outdated.status_code, outdated.headers["HX-Trigger"], outdated.content) == (204, "outdated", b"")
    assert client.get(look, {"split": "share", "shown": shown}, headers=headers).status_code == 200


def test_the_address_that_a_form_is_sent_to_leads_to_the_form(labelled, manager, annotator):
    response = client_of(manager).get(address("training_start", labelled))
    assert response.url == address("trainings", labelled)
    assert client_of(manager).put(address("training_start", labelled)).status_code == 405
    assert client_of(annotator).post(address("training_start", labelled)).status_code == 403
