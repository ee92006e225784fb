"""What the editor sends and gets: drafts, submitting, and every refusal."""

import json
import uuid

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from projects.config_change import LabelKey
from projects.label_use import Decision
from projects.models import Activity, Assignment, Completion, Project, Task, TaskMarks, Verdict
from projects.models.project import Role
from projects.results import choices_region
from tests.conftest import NER_CONFIG, client_of, person
from tests.projects.editor_calls import ASPIRIN, DOSE, NOTE, assigned_task, body, create, save, send, submit, url
from tests.projects.rows import make_tasks, predict, span

WITH_KIND = NER_CONFIG.replace(
    "  <Text",
    '  <Choices name="kind" toName="text" required="true"><Choice value="note"/><Choice value="letter"/></Choices>\n'
    "  <Text",
)


@pytest.fixture
def task(project: Project, annotator) -> Task:
    return assigned_task(project, annotator)


def test_a_draft_is_made_saved_and_submitted(task, annotator):
    status, made = create(annotator, task, [ASPIRIN])
    assert (status, made["version"], made["status"], made["status_words"]) == (201, 1, "in_progress", "In Progress")
    status, kept = save(annotator, task, made["id"], [ASPIRIN, DOSE], 1, note="sure")
    assert (status, kept["id"], kept["version"]) == (200, made["id"], 2)
    status, done = submit(annotator, task, made["id"], [ASPIRIN, DOSE], 2, note="sure")
    assert (status, done["version"], done["status"]) == (200, 3, "submitted")
    assert done["next"] == f"{reverse('projects:tasks', args=[task.project_id])}next/?after={task.pk}"
    completion = Completion.objects.get()
    assert (completion.result, completion.note, completion.lead_time) == ([ASPIRIN, DOSE], "sure", 7.5)
    assert (completion.user, completion.username) == (annotator, "anna")
    assert completion.submitted_at == completion.updated_at
    assert Task.objects.get().status == "submitted"
    assert sorted(TaskMarks.objects.get().marks)[1:3] == ["l:dosage", "l:drug"]
    log = [(line.by, line.verb, line.words, line.task_id) for line in Activity.objects.exclude(verb="created")]
    assert log == [(annotator, "submitted", f"submitted a completion of task {task.pk} (2 regions)", task.pk)]


def others_refuse(task, person_of) -> list[int]:
    """What each person gets for beginning a completion."""
    return [create(person_of(name), task)[0] for name in ("owner", "manager", "reviewer", "annotator", "outsider")]


def test_who_may_begin_a_completion(task, project, request):
    stranger = client_of(request.getfixturevalue("outsider")).post(
        url(task, "completion_create"), body(), content_type="application/json"
    )
    assert stranger.json() == {
        "error": f"There is no project {project.pk}, or you are not a member of it. Your work is still in this browser."
    }
    Assignment.objects.create(task=task, user=request.getfixturevalue("reviewer"), role="reviewer")
    assert others_refuse(task, request.getfixturevalue) == [201, 201, 403, 201, 404]
    assert others_refuse(make_tasks(project, "Nobody's.")[0], request.getfixturevalue) == [201, 201, 403, 403, 404]


def test_whoever_is_signed_out_gets_json_with_the_way_back(task):
    response = Client().post(url(task, "completion_create"), body(), content_type="application/json")
    assert (response.status_code, response.json()["login"]) == (401, reverse("login"))
    assert response.json()["error"].startswith("You are signed out.")


def test_an_old_token_is_refused_with_a_new_one(task, annotator):
    client = Client(enforce_csrf_checks=True)
    client.force_login(annotator)
    given = {"data": json.dumps(body()), "content_type": "application/json"}
    refused = client.post(url(task, "completion_create"), **given)
    assert (refused.status_code, refused["Content-Type"]) == (403, "application/json")
    assert "older than your last sign-in" in refused.json()["error"]
    token = refused.json()["csrf_token"]
    assert client.post(url(task, "completion_create"), **given, headers={"X-CSRFToken": token}).status_code == 201


def test_other_methods_are_refused_in_json(task, annotator):
    response = client_of(annotator).get(url(task, "completion_create"))
    assert (response.status_code, response.json()) == (405, {"error": "Send this by POST."})


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("{", "What the browser sent is no JSON"),
        (b"\xff\xfe", "What the browser sent is no JSON"),
        ("[" * 100_000, "What the browser sent is no JSON"),
        ("9" * 5_000, "What the browser sent is no"),
        ("[]", "What the browser sent is no object"),
        ({}, '"result" must be a list of regions.'),
        (body([{}] * 20_001), "It has 20,001 regions; a completion takes at most 20,000."),
        (body(note="a\0b"), "The note contains U+0000 at character 1"),
        (body(note="\ud800"), "The note contains the lone surrogate U+D800"),
        (body(note="n" * 10_001), "The note has 10,001 characters; at most 10,000 are taken. Shorten it."),
        (body(note=["x"]), '"note" must be a text.'),
        (body(set_aside=[{"prediction": "x", "region": "r"}]), '"set_aside" must name'),
        (body(set_aside=[{"prediction": 1, "region": "\ud800"}]), '"set_aside" must name'),
        (body(set_aside={"a": 1}), '"set_aside" must be a list'),
        (body(copied_from="prediction 12"), '"copied_from" must be like "prediction: 12"'),
        (body(seconds=-1), '"seconds" must be a number from 0.'),
        (body(seconds=float("inf")), '"seconds" must be a number from 0.'),
        (body(draft_key="nonsense"), '"draft_key" must be a UUID.'),
        (body(draft_key=7), '"draft_key" must be a UUID.'),
        (body(version=0.5), '"version" must be a whole number from 1.'),
        (body(config_version=10**30), '"config_version" must be a whole number from 1.'),
    ],
)
def test_what_no_browser_sends_is_refused_in_one_sentence(task, annotator, given, said):
    status, answer = send(annotator, url(task, "completion_create"), given)
    assert (status, answer["error"][: len(said)]) == (400, said)
    assert Completion.objects.count() == 0


def test_a_completion_that_is_too_large_is_refused_with_numbers(task, annotator):
    status, answer = create(annotator, task, note="x" * 9 * 1024 * 1024)
    assert status == 413
    assert answer["error"] == ("The completion has 9.0 MB; at most 8 MB are taken. Remove regions, or split the task.")


def test_a_region_that_the_config_does_not_know_keeps_everything_out(task, annotator, project):
    wrong = {**span(NOTE, 6, 13, "MED"), "id": "\ud800"}
    status, answer = create(annotator, task, [ASPIRIN, wrong, span(NOTE, 6, 13, "MED")])
    assert (status, [problem["index"] for problem in answer["problems"]]) == (422, [1, 2])
    assert answer["problems"][1]["reason"] == '"MED" is not in "label" of the Labeling Config.'
    assert answer["error"].startswith("Not saved: 2 regions can't be kept. The first: It contains the lone surrogate")
    assert (answer["config_version"], Completion.objects.count()) == (1, 0)


def test_a_stale_tab_gets_what_is_stored_and_overwrites_nothing(task, annotator):
    pk = create(annotator, task, [ASPIRIN])[1]["id"]
    save(annotator, task, pk, [ASPIRIN, DOSE], 1, note="first tab", set_aside=[{"prediction": 1, "region": "r"}])
    for verb in (save, submit):
        status, answer = verb(annotator, task, pk, [], 1)
        assert (status, answer["version"], answer["by"], answer["note"]) == (409, 2, "anna", "first tab")
        assert (answer["result"], answer["set_aside"]) == ([ASPIRIN, DOSE], [{"prediction": 1, "region": "r"}])
        assert answer["error"] == (
            "Not saved: it was saved meanwhile, perhaps in another tab. Compare what is stored with what you have here."
        )
    completion = Completion.objects.get()
    assert (completion.result, completion.version, completion.submitted_at) == ([ASPIRIN, DOSE], 2, None)
    assert answer["saved_at"] == completion.updated_at.isoformat()


def test_a_save_whose_answer_got_lost_is_answered_again(task, annotator):
    key = str(uuid.uuid4())
    made = create(annotator, task, [ASPIRIN], draft_key=key)
    assert made[0] == 201
    assert create(annotator, task, [ASPIRIN], draft_key=key) == (200, made[1])
    pk = made[1]["id"]
    kept = save(annotator, task, pk, [DOSE], 1)
    assert (kept[1]["version"], kept) == (2, save(annotator, task, pk, [DOSE], 1))
    done = submit(annotator, task, pk, [DOSE], 2)
    assert (done[0], done) == (200, submit(annotator, task, pk, [DOSE], 2))
    assert (Completion.objects.count(), Activity.objects.filter(verb="submitted").count()) == (1, 1)


def test_a_draft_key_makes_one_completion_only_of_one_person(task, annotator, manager):
    key = str(uuid.uuid4())
    pk = create(annotator, task, [ASPIRIN], draft_key=key)[1]["id"]
    status, answer = create(annotator, task, [DOSE], draft_key=key)
    assert (status, answer["id"], answer["version"]) == (200, pk, 2)
    assert create(annotator, task, [], draft_key=key)[0] == 409
    assert create(manager, task, [], draft_key=key)[0] == 400
    assert list(Completion.objects.values_list("pk", "result")) == [(pk, [DOSE])]


def test_what_is_submitted_is_frozen(task, annotator):
    pk = create(annotator, task, [ASPIRIN])[1]["id"]
    submit(annotator, task, pk, [ASPIRIN], 1)
    for verb in (save, submit):
        status, answer = verb(annotator, task, pk, [], 2)
        assert (status, answer["error"]) == (
            423, "This completion is submitted, and stays as it is. Clone it to change something."
        )  # fmt: skip
    assert Completion.objects.get().result == [ASPIRIN]


def test_nobody_saves_what_is_gone_or_somebody_elses(task, annotator, manager):
    pk = create(annotator, task)[1]["id"]
    assert save(manager, task, pk, [], 1)[0] == 403
    Assignment.objects.all().delete()
    assert save(annotator, task, pk, [], 1) == (
        403,
        {"error": "You are not assigned to this task. Your work is still in this browser."},
    )
    Completion.objects.all().delete()
    assert save(manager, task, pk, [], 1)[0] == 410
    assert save(manager, task, pk, [], 1)[1]["error"].startswith("This completion was deleted.")


def test_a_completion_of_another_task_is_gone_from_here(task, project, manager):
    other = make_tasks(project, "another")[0]
    pk = create(manager, other)[1]["id"]
    assert save(manager, task, pk, [], 1)[0] == 410
    assert client_of(manager).get(url(task, "completion_json", pk)).status_code == 404


def test_time_is_measured_only_where_the_project_wants_it(task, annotator, project):
    Project.objects.update(measure_time=False)
    pk = create(annotator, task)[1]["id"]
    save(annotator, task, pk, [ASPIRIN], 1)
    assert Completion.objects.get().lead_time is None


def test_required_answers_are_needed_to_submit_but_not_to_save(task, annotator, project):
    project.set_labeling_config(WITH_KIND, None)
    pk = create(annotator, task, [ASPIRIN])[1]["id"]
    status, answer = submit(annotator, task, pk, [ASPIRIN], 1)
    assert (status, answer["error"]) == (422, 'Not submitted: choose "kind" first.')
    assert answer["problems"] == [{"index": None, "control": "kind", "reason": 'choose "kind" first.'}]
    assert Completion.objects.values_list("submitted_at", "version").get() == (None, 1)
    kind = choices_region("kind", "text", region_id="k", choices=["note"], confidence=None)
    of_region = {**kind, "id": ASPIRIN["id"], "value": {**ASPIRIN["value"], **kind["value"]}}
    assert submit(annotator, task, pk, [ASPIRIN, of_region], 1)[0] == 422
    assert submit(annotator, task, pk, [ASPIRIN, kind], 1)[0] == 200


def test_answers_required_of_each_region_are_asked_of_each(task, annotator, project):
    project.set_labeling_config(WITH_KIND.replace("required", 'perRegion="true" required'), None)
    pk = create(annotator, task)[1]["id"]
    kind = choices_region("kind", "text", region_id=ASPIRIN["id"], choices=["note"], confidence=None)
    status, answer = submit(annotator, task, pk, [ASPIRIN, kind, DOSE], 1)
    assert (status, answer["problems"]) == (
        422, [{"index": 2, "control": "kind", "reason": 'choose "kind" for DOSAGE at 14 first.'}]
    )  # fmt: skip
    assert submit(annotator, task, pk, [ASPIRIN, kind], 1)[0] == 200


def test_whoever_saves_first_of_an_unassigned_task_has_it(project, annotator):
    Project.objects.update(annotators_take_next=True)
    second = person("ben")
    project.members.create(user=second, role=Role.ANNOTATOR)
    (task,) = make_tasks(project, NOTE)
    assert create(annotator, task)[0] == 201
    assert create(second, task) == (
        403,
        {"error": "You are not assigned to this task. Your work is still in this browser."},
    )
    assert list(Assignment.objects.values_list("user__username", "role")) == [("anna", "annotator")]


def test_a_renamed_label_reaches_an_open_tab_as_a_stale_draft(task, annotator, owner, project):
    pk = create(annotator, task, [ASPIRIN])[1]["id"]
    frozen = Completion.objects.create(
        task=task, user=owner, username="olga", result=[ASPIRIN], submitted_at=timezone.now(), copied_from=""
    )
    for kind, label, corrected in (
        ("relabelled", "DRUG", "DOSAGE"),
        ("relabelled", "DOSAGE", "DRUG"),
        ("added", "DRUG", ""),
    ):
        Verdict.objects.create(
            completion=frozen, kind=kind, control="label", label=label, corrected_label=corrected, region_id="r"
        )
    rename(project, owner, NER_CONFIG.replace('value="DRUG"', 'value="MED"'), "DRUG", "MED")
    status, answer = save(annotator, task, pk, [ASPIRIN, DOSE], 1)
    assert (status, answer["version"], answer["config_version"]) == (409, 2, 2)
    assert answer["error"].startswith("Not saved: the Labeling Config was changed meanwhile.")
    renamed = span(NOTE, 6, 13, "MED", region_id="DRUG-6-13", confidence=None)
    assert answer["result"] == [renamed]
    assert save(annotator, task, pk, [ASPIRIN], 2)[0] == 422
    assert save(annotator, task, pk, [renamed], 2, config_version=2)[0] == 200
    frozen.refresh_from_db()
    assert (frozen.version, frozen.result) == (1, [renamed])
    said = list(Verdict.objects.order_by("pk").values_list("kind", "label", "corrected_label"))
    assert said == [("relabelled", "MED", "DOSAGE"), ("relabelled", "DOSAGE", "MED"), ("added", "MED", "")]
    # Two labels become one: what was relabelled from one to the other is accepted now.
    rename(
        project,
        owner,
        NER_CONFIG.replace('    <Label value="DRUG" background="#2f7ed8" hotkey="d"/>\n', ""),
        "MED",
        "DOSAGE",
    )
    said = list(Verdict.objects.order_by("pk").values_list("kind", "label", "corrected_label"))
    assert said == [("accepted", "DOSAGE", ""), ("accepted", "DOSAGE", ""), ("added", "DOSAGE", "")]


def rename(project, by, xml, before, after):
    keys = [LabelKey("labels", "label", name) for name in (before, after)]
    Project.objects.get(pk=project.pk).set_labeling_config(xml, by, {keys[0]: Decision(keys[1])})


def test_the_number_of_queries_of_save_and_submit(task, annotator, django_assert_num_queries):
    predict(task, [span(NOTE, 6, 13)])
    pk = create(annotator, task, [ASPIRIN])[1]["id"]
    for _ in range(5):
        Completion.objects.create(task=task, user=annotator, username="anna", result=[DOSE])
    client = client_of(annotator)
    # Session, user; project, members; task, assignments; savepoint, wait, project, task, completion; update of it;
    # date of the task; savepoint, marks, a label that no filter offers yet, release; completions, assignments, status;
    # release.
    with django_assert_num_queries(21):
        client.post(url(task, "completion_save", pk), body([DOSE], 1), content_type="application/json")
    # The same without the label, and: two for the prediction, verdicts, a line of the log.
    with django_assert_num_queries(23):
        client.post(url(task, "completion_submit", pk), body([DOSE], 2), content_type="application/json")


def test_a_page_of_somebody_else_saves_nothing_under_another_name(task, annotator, manager):
    """Two people sign in one after the other in one browser; the first one's page is still open."""
    why = "anna opened this page, and you are signed in as mona now. Sign in again. Your work is still in this browser."
    of_anna = body() | {"user": "anna"}
    assert send(manager, url(task, "completion_create"), of_anna) == (403, {"error": why})
    assert not Completion.objects.exists()
    assert send(annotator, url(task, "completion_create"), of_anna)[0] == 201
