"""A task's completions beside the editor: read, cloned, starred, deleted; and what submitting says of predictions."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from projects.models import Activity, Completion, Prediction, Project, Task, Verdict
from tests.conftest import client_of
from tests.projects.editor_calls import ASPIRIN, DOSE, NOTE, assigned_task, create, save, submit, url
from tests.projects.rows import page, predict, span, texts


@pytest.fixture
def task(project: Project, annotator) -> Task:
    return assigned_task(project, annotator)


def test_verdicts_are_written_on_submit_against_the_prediction_it_was_copied_from(task, annotator):
    older = predict(task, [span(NOTE, 6, 13)], created_at=timezone.now() - timedelta(days=1))
    predict(task, [span(NOTE, 14, 20, "DOSAGE")], "ner_posology 2")
    pk = create(annotator, task, [ASPIRIN, DOSE], copied_from=f"prediction: {older.pk}")[1]["id"]
    assert Verdict.objects.count() == 0
    submit(annotator, task, pk, [ASPIRIN, DOSE], 1, copied_from=f"prediction: {older.pk}")
    said = Verdict.objects.values_list("kind", "label", "region_id", "prediction_id", "model", "model_version")
    assert list(said) == [
        ("accepted", "DRUG", "DRUG-6-13", older.pk, "ner_posology", "1"),
        ("added", "DOSAGE", "DOSAGE-14-20", older.pk, "", ""),
    ]
    assert Completion.objects.get().copied_from == f"prediction: {older.pk}"


@pytest.mark.parametrize("named", ["by a region", "by what was set aside", "by nothing"])
def test_without_a_copy_the_prediction_named_counts_else_the_newest_that_was_there(task, annotator, named):
    older = predict(task, [span(NOTE, 6, 13)], created_at=timezone.now() - timedelta(days=1))
    newer = predict(task, [], "ner_posology 2", created_at=timezone.now() - timedelta(hours=1))
    link = {"origin": "prediction", "prediction": older.pk, "prediction_region": "DRUG-6-13"}
    result = [{**ASPIRIN, **link}] if named == "by a region" else [ASPIRIN]
    aside = [{"prediction": older.pk, "region": "x"}] if named == "by what was set aside" else []
    pk = create(annotator, task, result, set_aside=aside)[1]["id"]
    predict(task, [], "ner_posology 3")
    submit(annotator, task, pk, result, 1, set_aside=aside)
    expected = [("added", newer.pk)] if named == "by nothing" else [("accepted", older.pk)]
    assert list(Verdict.objects.values_list("kind", "prediction_id")) == expected


def test_without_predictions_there_are_no_verdicts(task, annotator):
    pk = create(annotator, task, [ASPIRIN])[1]["id"]
    assert submit(annotator, task, pk, [ASPIRIN], 1)[0] == 200
    assert (Verdict.objects.count(), Prediction.objects.count()) == (0, 0)


def test_predictions_and_completions_are_read_as_json(task, annotator, manager):
    prediction = predict(task, [ASPIRIN], score=0.9)
    Completion.objects.create(task=task, user=manager, username="mona", result=[DOSE])
    pk = create(annotator, task, [ASPIRIN], note="hm")[1]["id"]
    client = client_of(annotator)
    assert client.get(url(task, "prediction_json", prediction.pk)).json() == {
        "id": prediction.pk, "model_version": "ner_posology 1", "score": 0.9, "result": [ASPIRIN],
        "created_at": prediction.created_at.isoformat(),
    }  # fmt: skip
    told = client.get(url(task, "completion_json", pk)).json()
    assert (told["id"], told["username"], told["result"], told["note"]) == (pk, "anna", [ASPIRIN], "hm")
    theirs = url(task, "completion_json", Completion.objects.get(user=manager).pk)
    assert (client.get(theirs).status_code, client_of(manager).get(theirs).status_code) == (404, 200)
    Prediction.objects.update(hidden=True)
    assert client.get(url(task, "prediction_json", prediction.pk)).status_code == 410


def test_a_clone_is_a_draft_of_ones_own_and_a_second_click_opens_it(task, annotator):
    pk = create(annotator, task, [ASPIRIN], note="n")[1]["id"]
    submit(annotator, task, pk, [ASPIRIN], 1, note="n")
    client = client_of(annotator)
    answers = [client.post(url(task, "completion_clone", pk), {"list": "tag=x"}).url for _ in range(2)]
    draft = Completion.objects.exclude(pk=pk).get()
    assert answers == [f"{task.get_absolute_url()}?completion={draft.pk}&list=tag%3Dx"] * 2
    assert (draft.result, draft.note, draft.copied_from, draft.user) == ([ASPIRIN], "n", f"completion: {pk}", annotator)
    assert (draft.submitted_at, draft.corrects, draft.version, draft.lead_time) == (None, None, 1, None)
    assert save(annotator, task, draft.pk, [DOSE], 1, copied_from="")[0] == 200
    draft.refresh_from_db()
    assert (draft.copied_from, Task.objects.get().status) == (f"completion: {pk}", "submitted")
    client.post(url(task, "completion_clone", pk))
    assert Completion.objects.count() == 3


def test_one_completion_of_a_person_is_starred(task, annotator, manager):
    first, second = (create(annotator, task)[1]["id"] for _ in range(2))
    theirs = create(manager, task)[1]["id"]
    client = client_of(manager)
    for pk in (first, theirs, second):
        assert client.post(url(task, "completion_star", pk)).status_code == 302
    assert set(Completion.objects.filter(starred=True).values_list("pk", flat=True)) == {theirs, second}
    client_of(annotator).post(url(task, "completion_star", second))
    assert list(Completion.objects.filter(starred=True).values_list("pk", flat=True)) == [theirs]
    assert client_of(annotator).post(url(task, "completion_star", theirs)).status_code == 404


def test_deleting_asks_in_numbers_and_asks_again_where_they_changed(task, annotator):
    pk = create(annotator, task, [ASPIRIN, DOSE])[1]["id"]
    client, address = client_of(annotator), url(task, "completion_delete", pk)
    asked = client.get(address)
    assert texts(asked, "//form//li") == ["2 regions"]
    counted = page(asked).xpath("//input[@name='counted']/@value")[0]
    save(annotator, task, pk, [ASPIRIN], 1)
    again = client.post(address, {"counted": counted})
    assert texts(again, "//*[contains(@class, 'notice')]") == [
        "Not deleted. It was changed since you were asked. Look again at what goes."
    ]
    assert texts(again, "//form//li") == ["1 region"]
    counted = page(again).xpath("//input[@name='counted']/@value")[0]
    assert client.post(address, {"counted": counted}).url == task.get_absolute_url()
    assert (Completion.objects.count(), Task.objects.get().status) == (0, "incomplete")
    words = Activity.objects.exclude(verb="created").values_list("verb", "words").get()
    assert words == ("deleted", f"deleted a draft {pk} of task {task.pk}, regions: 1")
    assert client.post(address, {"counted": counted}).status_code == 404


def test_only_managers_delete_what_is_submitted(task, annotator, manager, owner):
    pk = create(annotator, task, [ASPIRIN])[1]["id"]
    submit(annotator, task, pk, [ASPIRIN], 1)
    address = url(task, "completion_delete", pk)
    assert client_of(annotator).get(address).status_code == 403
    assert client_of(annotator).post(address, {"counted": "2 submitted"}).status_code == 403
    asked = client_of(manager).get(address)
    assert texts(asked, "//form//li") == ["1 region", "0 verdicts on predictions, which quality figures count"]
    client_of(owner).post(address, {"counted": "2 submitted"})
    assert Completion.objects.count() == 0


@pytest.mark.parametrize("name", ["completion_clone", "completion_star", "completion_delete", "completion_review"])
def test_the_buttons_are_for_members_who_see_the_completion(task, annotator, reviewer, outsider, name):
    pk = create(annotator, task)[1]["id"]
    codes = [client_of(user).post(url(task, name, pk)).status_code for user in (outsider, reviewer)]
    assert codes == [404, 403]
    assert Client().post(url(task, name, pk)).url.startswith(reverse("login"))
