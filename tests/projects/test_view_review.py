"""Accept, reject with a comment, correct: from the annotator's submission to the reviewed task."""

import json

import pytest
from django.urls import reverse

from projects.deletion import delete_tasks
from projects.models import Activity, Assignment, Completion, Project, Task
from tests.conftest import client_of
from tests.projects.rows import make_tasks, page, span, texts

NOTE = "Given aspirin 100 mg daily."
ASPIRIN, DOSE = span(NOTE, 6, 13, confidence=None), span(NOTE, 14, 20, "DOSAGE", confidence=None)


@pytest.fixture
def task(project: Project, annotator, reviewer) -> Task:
    task = make_tasks(project, NOTE)[0]
    Assignment.objects.create(task=task, user=annotator, role="annotator")
    Assignment.objects.create(task=task, user=reviewer, role="reviewer")
    return task


def url(task: Task, name: str, *ids: int) -> str:
    return reverse(f"projects:{name}", args=[task.project_id, task.pk, *ids])


def send(user, address: str, result, version=None):
    given = {"result": result, "config_version": 1} | ({"version": version} if version else {})
    response = client_of(user).post(address, json.dumps(given), content_type="application/json")
    assert response.status_code in (200, 201), response.content
    return response.json()


def submitted(user, task, result) -> int:
    pk = send(user, url(task, "completion_create"), result)["id"]
    send(user, url(task, "completion_submit", pk), result, 1)
    return pk


def review(user, task, pk, verdict, comment="", seen="", **fields):
    data = {"verdict": verdict, "comment": comment, "seen": seen, **fields}
    return client_of(user).post(url(task, "completion_review", pk), data, follow=True)


def notices(response) -> list[str]:
    return texts(response, "//div[@id='notices']/p")


def status_of(task) -> str:
    return Task.objects.get(pk=task.pk).status


def test_what_is_rejected_comes_back_and_is_accepted_once_corrected(task, annotator, reviewer):
    pk = submitted(annotator, task, [ASPIRIN])
    assert status_of(task) == "submitted"
    told = review(reviewer, task, pk, "rejected", "The dose is missing.")
    assert (notices(told), status_of(task)) == (["anna's completion is rejected."], "to_correct")
    shown = client_of(annotator).get(task.get_absolute_url())
    assert texts(shown, "//blockquote") == ["The dose is missing."]
    assert "Rejected by rui" in " ".join(texts(shown, "//section[@id='completions']//li"))
    clone = client_of(annotator).post(url(task, "completion_clone", pk)).url
    draft = int(clone.split("completion=")[1])
    assert status_of(task) == "to_correct"
    send(annotator, url(task, "completion_submit", draft), [ASPIRIN, DOSE], 1)
    assert status_of(task) == "submitted"
    review(reviewer, task, draft, "accepted")
    assert status_of(task) == "reviewed"
    said = list(Activity.objects.filter(verb="reviewed").order_by("pk").values_list("by__username", "words"))
    assert said == [
        ("rui", f'rejected anna\'s completion {pk} of task {task.pk}: "The dose is missing."'),
        ("rui", f"accepted anna's completion {draft} of task {task.pk}"),
    ]
    rejected = Completion.objects.get(pk=pk)
    assert (rejected.review, rejected.reviewed_by, rejected.result) == ("rejected", reviewer, [ASPIRIN])


def test_a_correction_stands_for_the_original_once_it_is_submitted(task, annotator, reviewer):
    pk = submitted(annotator, task, [ASPIRIN])
    review(reviewer, task, pk, "correct")
    review(reviewer, task, pk, "correct")
    draft = Completion.objects.get(user=reviewer)
    assert (draft.corrects_id, draft.copied_from, draft.result) == (pk, f"completion: {pk}", [ASPIRIN])
    assert (draft.submitted_at, status_of(task)) == (None, "submitted")
    send(reviewer, url(task, "completion_save", draft.pk), [ASPIRIN, DOSE], 1)
    assert status_of(task) == "submitted"
    done = send(reviewer, url(task, "completion_submit", draft.pk), [ASPIRIN, DOSE], 2)
    assert (done["status"], status_of(task)) == ("reviewed", "reviewed")
    states = Completion.objects.order_by("pk").values_list("username", "review", "reviewed_by__username")
    assert list(states) == [("anna", "corrected", "rui"), ("rui", "accepted", "rui")]
    assert Completion.objects.get(pk=pk).result == [ASPIRIN]
    assert notices(review(reviewer, task, pk, "rejected", "x", "corrected")) == [
        "rui has corrected it; the correction counts. Your comment was: x"
    ]


def test_a_task_goes_with_its_corrections(task, annotator, reviewer):
    review(reviewer, task, submitted(annotator, task, [ASPIRIN]), "correct")
    assert (delete_tasks([task.pk]), Completion.objects.count()) == (1, 0)


def test_a_reviewer_clones_only_what_is_submitted_and_that_corrects_it(task, annotator, reviewer):
    draft = send(annotator, url(task, "completion_create"), [ASPIRIN])["id"]
    assert client_of(reviewer).post(url(task, "completion_clone", draft)).status_code == 403
    send(annotator, url(task, "completion_submit", draft), [ASPIRIN], 1)
    assert client_of(reviewer).post(url(task, "completion_clone", draft)).status_code == 302
    assert Completion.objects.get(user=reviewer).corrects_id == draft


def test_rejecting_needs_a_comment_and_a_verdict_is_one_of_three(task, annotator, reviewer):
    pk = submitted(annotator, task, [ASPIRIN])
    assert notices(review(reviewer, task, pk, "rejected", "  ")) == [
        "Say in the comment what is to be corrected. Nothing was changed."
    ]
    assert notices(review(reviewer, task, pk, "")) == ["Accept, reject or correct?"]
    assert len(notices(review(reviewer, task, pk, "perfect"))) == 1
    assert len(notices(review(reviewer, task, pk, "rejected", "a\0b"))) == 1
    assert Completion.objects.get(pk=pk).review == ""


def test_a_draft_is_not_reviewed(task, annotator, reviewer):
    pk = send(annotator, url(task, "completion_create"), [ASPIRIN])["id"]
    assert notices(review(reviewer, task, pk, "accepted")) == [
        f"anna has not submitted completion {pk}. Wait until it is."
    ]
    assert Completion.objects.get().review == ""


def test_two_reviewers_do_not_overwrite_each_other_unseen(task, annotator, reviewer, owner):
    pk = submitted(annotator, task, [ASPIRIN])
    review(owner, task, pk, "rejected", "No.")
    assert notices(review(reviewer, task, pk, "rejected", "Too short.")) == [
        "olga has rejected it meanwhile. Look at it again. Your comment was: Too short."
    ]
    for verdict in ("accepted", "correct"):
        assert notices(review(reviewer, task, pk, verdict)) == ["olga has rejected it meanwhile. Look at it again."]
    assert Completion.objects.get().review == "rejected"
    review(reviewer, task, pk, "accepted", seen="rejected")
    assert Completion.objects.values_list("review", "reviewed_by__username").get() == ("accepted", "rui")


def test_the_same_review_twice_is_one(task, annotator, reviewer):
    pk = submitted(annotator, task, [ASPIRIN])
    for _ in range(2):
        assert notices(review(reviewer, task, pk, "accepted")) == ["anna's completion is accepted."]
    assert Activity.objects.filter(verb="reviewed").count() == 1


def test_only_the_owner_and_the_tasks_reviewer_may(task, annotator, reviewer, manager, owner, outsider):
    pk = submitted(annotator, task, [ASPIRIN])
    codes = [review(user, task, pk, "accepted").status_code for user in (outsider, manager, annotator)]
    assert codes == [404, 403, 403]
    Assignment.objects.filter(role="reviewer").delete()
    assert review(reviewer, task, pk, "accepted").status_code == 403
    assert Completion.objects.get().review == ""
    assert review(owner, task, pk, "accepted").status_code == 200
    assert Completion.objects.get().review == "accepted"


def test_a_reviewer_who_lost_the_task_submits_no_correction(task, annotator, reviewer, owner):
    pk = submitted(annotator, task, [ASPIRIN])
    review(reviewer, task, pk, "correct")
    draft = Completion.objects.get(user=reviewer)
    Assignment.objects.filter(role="reviewer").update(role="annotator")
    response = client_of(reviewer).post(
        url(task, "completion_submit", draft.pk),
        json.dumps({"result": [], "version": 1}),
        content_type="application/json",
    )
    assert (response.status_code, Completion.objects.get(pk=pk).review) == (403, "")


def test_the_form_is_for_reviewers_on_what_waits_or_is_asked_for(task, annotator, reviewer, manager):
    pk = submitted(annotator, task, [ASPIRIN])
    form = "//section[@id='review']//form"
    shown = client_of(reviewer).get(task.get_absolute_url())
    assert page(shown).xpath(f"{form}/@action") == [url(task, "completion_review", pk)]
    assert texts(shown, f"{form}//button") == ["Accept", "Reject", "Correct it myself"]
    assert [texts(client_of(user).get(task.get_absolute_url()), form) for user in (annotator, manager)] == [[], []]
    review(reviewer, task, pk, "rejected", "No.")
    assert texts(client_of(reviewer).get(task.get_absolute_url()), form) == []
    asked = client_of(reviewer).get(f"{task.get_absolute_url()}?completion={pk}")
    assert page(asked).xpath("//input[@name='seen']/@value") == ["rejected"]
    for asked in ("x", "0", "9" * 30):
        assert client_of(reviewer).get(f"{task.get_absolute_url()}?completion={asked}").status_code == 404


def test_the_list_says_who_what_when_and_offers_what_one_may(task, annotator, reviewer, manager):
    pk = submitted(annotator, task, [ASPIRIN])
    Completion.objects.filter(pk=pk).update(lead_time=125, starred=True, note="<b>sure</b>")
    shown = client_of(annotator).get(f"{task.get_absolute_url()}?completion={pk}&list=tag%3Dx")
    item = "//section[@id='completions']//li[@aria-current='true']"
    said = texts(shown, item)[0]
    assert said.startswith("anna ★ ground truth Submitted 1 region, 2 min 5 s, ")
    assert "<b>sure</b>" in said
    assert texts(shown, f"{item}//button") == ["Clone", "Unstar"]
    assert texts(client_of(manager).get(task.get_absolute_url()), "//section[@id='completions']//li//a") == [
        "anna", "Delete…"
    ]  # fmt: skip
    assert texts(client_of(reviewer).get(task.get_absolute_url()), "//section[@id='completions']//button") == ["Clone"]


def submit_correction(reviewer, task) -> tuple[int, str]:
    draft = Completion.objects.get(user=reviewer, submitted_at=None)
    answer = client_of(reviewer).post(
        url(task, "completion_submit", draft.pk),
        json.dumps({"result": [DOSE], "version": draft.version}),
        content_type="application/json",
    )
    return answer.status_code, answer.json().get("error", "")


def test_a_correction_overwrites_no_review_made_meanwhile(task, annotator, reviewer, owner):
    pk = submitted(annotator, task, [ASPIRIN])
    review(reviewer, task, pk, "correct")
    review(owner, task, pk, "rejected", "Do it again.")
    code, why = submit_correction(reviewer, task)
    assert (code, why) == (
        400,
        f"Not submitted: olga has rejected completion {pk} since this correction was begun. Look at that first, and "
        'click "Correct it myself" there; your correction stays a draft.',
    )
    assert (Completion.objects.get(pk=pk).review, status_of(task)) == ("rejected", "to_correct")


@pytest.mark.parametrize("verdict", ["accepted", "rejected"])
def test_a_correction_may_be_submitted_once_the_review_made_meanwhile_was_seen(task, annotator, reviewer, verdict):
    pk = submitted(annotator, task, [ASPIRIN])
    review(reviewer, task, pk, "correct")
    draft = Completion.objects.get(corrects=pk)
    review(reviewer, task, pk, verdict, "Look again.")
    review(reviewer, task, pk, "correct")
    assert submit_correction(reviewer, task)[0] == 400
    review(reviewer, task, pk, "correct", seen=verdict)
    assert Completion.objects.get(corrects=pk) == draft
    assert submit_correction(reviewer, task) == (200, "")
    assert (Completion.objects.get(pk=pk).review, status_of(task)) == ("corrected", "reviewed")


def test_of_two_corrections_the_first_counts(task, annotator, reviewer, owner):
    pk = submitted(annotator, task, [ASPIRIN])
    review(reviewer, task, pk, "correct")
    review(owner, task, pk, "correct")
    assert submit_correction(owner, task) == (200, "")
    assert submit_correction(reviewer, task) == (
        400,
        f"Not submitted: olga has corrected completion {pk} since this correction was begun. Their correction counts; "
        "your correction stays a draft.",
    )


def test_a_correction_counts_and_is_not_reviewed_itself(task, annotator, reviewer, owner):
    pk = submitted(annotator, task, [ASPIRIN])
    review(reviewer, task, pk, "correct")
    assert submit_correction(reviewer, task) == (200, "")
    correction = Completion.objects.get(corrects=pk)
    refused = review(owner, task, correction.pk, "rejected", "No.", seen="accepted")
    why = f"Completion {correction.pk} is a reviewer's correction, and counts. A manager may delete it."
    assert notices(refused) == [f"{why} Your comment was: No."]
    assert (
        texts(client_of(owner).get(f"{task.get_absolute_url()}?completion={correction.pk}"), "//section[@id='review']")
        == []
    )


def test_without_its_correction_a_completion_waits_for_its_review_again(task, annotator, reviewer, owner):
    pk = submitted(annotator, task, [ASPIRIN])
    review(reviewer, task, pk, "correct")
    submit_correction(reviewer, task)
    assert (Completion.objects.get(pk=pk).review, status_of(task)) == ("corrected", "reviewed")
    correction = Completion.objects.get(corrects=pk)
    asked = client_of(owner).get(url(task, "completion_delete", correction.pk))
    counted = page(asked).xpath("//input[@name='counted']/@value")[0]
    client_of(owner).post(url(task, "completion_delete", correction.pk), {"counted": counted})
    assert (Completion.objects.get(pk=pk).review, status_of(task)) == ("", "submitted")


def test_a_completion_is_not_deleted_while_a_correction_hangs_on_it(task, annotator, reviewer, owner):
    pk = submitted(annotator, task, [ASPIRIN])
    review(reviewer, task, pk, "correct")
    draft = Completion.objects.get(corrects=pk).pk

    def told() -> list[str]:
        address = url(task, "completion_delete", pk)
        counted = page(client_of(owner).get(address)).xpath("//input[@name='counted']/@value")[0]
        return notices(client_of(owner).post(address, {"counted": counted}, follow=True))

    hangs = "Not deleted. rui's correction of it, {} {}, hangs on it. Delete that first."
    assert told() == [hangs.format("draft", draft)]
    send(reviewer, url(task, "completion_save", draft), [ASPIRIN, DOSE], 1)
    submit_correction(reviewer, task)
    assert told() == [hangs.format("submitted completion", draft)]
    Completion.objects.get(pk=draft).delete()
    assert (told(), Completion.objects.count()) == ([f"Completion {pk} is deleted."], 0)
