"""Two people, two tabs, two clicks at once, on real connections: one row, nothing lost, nobody waits for long."""

import io
import json
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from django.db import connection, connections, transaction
from django.urls import reverse

from projects import bulk_job, completing
from projects.completion_body import Given
from projects.config_change import LabelKey
from projects.exchange.importing import import_into
from projects.label_use import Decision
from projects.models import Activity, Assignment, Completion, ImportReport, Project, Task, Verdict
from projects.refusals import Stale
from projects.task_access import access_or_404
from tests.conftest import NER_CONFIG, client_of, person
from tests.projects.rows import make_tasks, predict, span

NOTE = "Given aspirin 100 mg daily."
ASPIRIN, DOSE = span(NOTE, 6, 13, confidence=None), span(NOTE, 14, 20, "DOSAGE", confidence=None)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def task(project: Project, annotator) -> Task:
    task = make_tasks(project, NOTE)[0]
    Assignment.objects.create(task=task, user=annotator, role="annotator")
    predict(task, [span(NOTE, 6, 13)])
    return task


def given(result, version=None, **fields) -> Given:
    return Given(result=result, set_aside=[], note="", copied_from="", version=version, **fields)


def at_once(*calls: Callable[[], object]) -> list[object]:
    """What each call gives or raises, all begun at the same moment on connections of their own."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], object]) -> object:
        try:
            barrier.wait(10)
            return call()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as executor:
        return list(executor.map(run, calls))


def post(user, task, name, ids, result, version=None, **fields) -> tuple[int, dict]:
    body = {"result": result, **({"version": version} if version else {}), **fields}
    address = reverse(f"projects:{name}", args=[task.project_id, task.pk, *ids])
    response = client_of(user).post(address, json.dumps(body), content_type="application/json")
    return response.status_code, response.json()


def begin(user, task, result, **fields) -> int:
    return completing.create(access_or_404(user, task.project_id, task.pk), given(result, **fields)).completion.pk


def test_a_first_save_that_is_sent_four_times_makes_one_completion(task, annotator):
    key = str(uuid.uuid4())
    calls = [lambda: post(annotator, task, "completion_create", [], [ASPIRIN], draft_key=key)] * 4
    answers = at_once(*calls)
    assert sorted(status for status, _ in answers) == [200, 200, 200, 201]
    assert len({answer["id"] for _, answer in answers}) == 1
    assert Completion.objects.count() == 1


def test_of_two_tabs_one_is_refused_and_gets_what_the_other_stored(task, annotator):
    pk = begin(annotator, task, [])
    results = ([ASPIRIN], [DOSE])
    answers = at_once(
        *(lambda result=result: post(annotator, task, "completion_save", [pk], result, 1) for result in results)
    )
    assert sorted(status for status, _ in answers) == [200, 409]
    winner = next(place for place, (status, _) in enumerate(answers) if status == 200)
    assert answers[1 - winner][1]["result"] == results[winner] == Completion.objects.get().result


def test_a_double_submit_is_one_submission(task, annotator):
    pk = begin(annotator, task, [ASPIRIN])
    answers = at_once(*[lambda: post(annotator, task, "completion_submit", [pk], [ASPIRIN], 1)] * 3)
    assert [status for status, _ in answers] == [200, 200, 200]
    assert {answer["version"] for _, answer in answers} == {2}
    assert (Verdict.objects.count(), Activity.objects.filter(verb="submitted").count(), Completion.objects.count()) == (
        1,
        1,
        1,
    )


def test_two_annotators_of_one_task_both_save_and_the_status_counts_both(task, annotator, project):
    second = person("ben")
    project.members.create(user=second, role="annotator")
    Assignment.objects.create(task=task, user=second, role="annotator")
    pks = {user: begin(user, task, [ASPIRIN]) for user in (annotator, second)}
    answers = at_once(
        *(lambda user=user: post(user, task, "completion_submit", [pks[user]], [ASPIRIN], 1) for user in pks)
    )
    assert sorted(answer["status"] for _, answer in answers) == ["in_progress", "submitted"]
    assert Task.objects.get().status == "submitted"


def test_of_two_annotators_who_begin_an_unassigned_task_one_gets_it(project, annotator):
    Project.objects.update(annotators_take_next=True)
    second = person("ben")
    project.members.create(user=second, role="annotator")
    (task,) = make_tasks(project, "Nobody's yet.")
    answers = at_once(
        *(lambda user=user: post(user, task, "completion_create", [], []) for user in (annotator, second))
    )
    assert sorted(status for status, _ in answers) == [201, 403]
    assert (Assignment.objects.filter(task=task).count(), Completion.objects.filter(task=task).count()) == (1, 1)


def test_a_save_during_a_rename_never_writes_the_old_name_back(task, annotator, owner, project):
    """Whichever comes first: no region keeps a label that the config no longer has."""
    pk = begin(annotator, task, [ASPIRIN])
    renamed = NER_CONFIG.replace('value="DRUG"', 'value="MED"')
    decisions = {LabelKey("labels", "label", "DRUG"): Decision(LabelKey("labels", "label", "MED"))}
    more = [ASPIRIN, span(NOTE, 0, 5, confidence=None)]
    saved, _ = at_once(
        lambda: post(annotator, task, "completion_save", [pk], more, 1),
        lambda: project.set_labeling_config(renamed, owner, decisions),
    )
    assert saved[0] in (200, 409)
    result = Completion.objects.get().result
    assert {label for region in result for label in region["value"]["labels"]} == {"MED"}
    assert len(result) == (2 if saved[0] == 200 else 1)


def test_a_draft_that_is_begun_during_a_rename_has_the_new_name_or_is_refused(task, annotator, owner, project):
    renamed = NER_CONFIG.replace('value="DRUG"', 'value="MED"')
    decisions = {LabelKey("labels", "label", "DRUG"): Decision(LabelKey("labels", "label", "MED"))}
    (status, _), _ = at_once(
        lambda: post(annotator, task, "completion_create", [], [ASPIRIN]),
        lambda: project.set_labeling_config(renamed, owner, decisions),
    )
    names = [done.result[0]["value"]["labels"] for done in Completion.objects.all()]
    assert (status, names) in [(201, [["MED"]]), (422, [])]


def test_a_save_does_not_wait_for_a_long_change(task, annotator, monkeypatch):
    pk = begin(annotator, task, [ASPIRIN])
    monkeypatch.setattr(completing, "LOCK_WAIT_MS", 50)
    with transaction.atomic():
        Project.objects.select_for_update().get(pk=task.project_id)
        (answer,) = at_once(lambda: post(annotator, task, "completion_save", [pk], [DOSE], 1))
    assert (answer[0], answer[1]["error"]) == (503, completing.BUSY)
    assert post(annotator, task, "completion_save", [pk], [DOSE], 1)[0] == 200


def add(project: Project, by, task: Task, *meanwhile: Callable[[], object], **parts: object) -> ImportReport:
    """Import something that joins the task. meanwhile: the first is called when that is stored, a second one when the
    task says so; the import has not ended then."""
    report = ImportReport.objects.create(project=project, file_name="work.json", created_by=by)
    content = json.dumps([{"data": {"text": task.text, "title": task.title}, **parts}]).encode()
    calls = list(meanwhile)
    with transaction.atomic():
        import_into(report, io.BytesIO(content), lambda rows: calls.pop(0)() if calls else None)
    return report


def test_people_save_while_a_file_adds_to_their_tasks_and_both_count(task, annotator, project, owner):
    """Neither the tasks that the file is about nor the labels that it brings first are held until its end."""
    other = make_tasks(project, "Took 100 mg.")[0]
    Assignment.objects.create(task=other, user=annotator, role="annotator")
    pk = begin(annotator, task, [])
    first = [span(other.text, 5, 11, "DOSAGE", confidence=None)]
    answers: list[object] = []
    submit = partial(post, annotator, task, "completion_submit", [pk], [ASPIRIN], 1)
    create = partial(post, annotator, other, "completion_create", [], first)
    work = {"created_username": "eric", "submitted_at": "2024-01-01", "result": [DOSE]}
    answer = {"model_version": "v2", "result": [ASPIRIN, DOSE]}
    report = add(
        project, owner, task, lambda: answers.extend(at_once(submit, create)), completions=[work], predictions=[answer]
    )
    task.refresh_from_db()
    marks = sorted(mark for mark in task.marks_row.marks if mark.startswith(("l:", "u:")))
    assert ([status for status, _ in answers], report.joined) == ([200, 201], 1)
    assert (task.status, task.region_count, marks) == ("submitted", 2, ["l:dosage", "l:drug", "u:anna", "u:eric"])
    assert list(project.known_values.order_by("kind", "value").values_list("kind", "value")) == [
        ("label", "DOSAGE"), ("label", "DRUG"), ("version", "ner_posology 1"), ("version", "v2"),
    ]  # fmt: skip


@pytest.mark.parametrize(("run_follows", "told"), [(False, [201, 201]), (True, [201, 503])])
def test_who_works_on_other_tasks_saves_until_an_import_has_ended(
    task, annotator, project, owner, monkeypatch, run_follows, told
):
    """A run that follows needs the project for itself: it would wait for whoever waits for a task of the import."""
    project.preannotate_imports = run_follows
    other = make_tasks(project, "Took 100 mg.")[0]
    Assignment.objects.create(task=other, user=annotator, role="annotator")
    monkeypatch.setattr(completing, "LOCK_WAIT_MS", 1_000)
    answers: list[object] = []

    def save() -> None:
        answers.extend(at_once(lambda: post(annotator, other, "completion_create", [], [])))

    add(project, owner, task, save, save, predictions=[{"model_version": "v2", "result": []}])
    assert [status for status, _ in answers] == told


def test_tasks_are_tagged_while_a_file_adds_to_them(task, project, owner):
    def tag() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '2s'")
            bulk_job.start(project, owner, project.tasks.all(), 1, "tag", {"tags": ["urgent"]}, "tagged urgent")

    answers: list[object] = []
    add(project, owner, task, lambda: answers.extend(at_once(tag)), predictions=[{"model_version": "v2", "result": []}])
    task.refresh_from_db()
    assert (answers, task.tags, task.region_count) == ([None], ["urgent"], 0)


def test_a_refusal_leaves_nothing_behind(task, annotator):
    pk = begin(annotator, task, [ASPIRIN])
    access = access_or_404(annotator, task.project_id, task.pk)
    before = Completion.objects.values().get(), Task.objects.values().get()
    with pytest.raises(Stale):
        completing.submit(access, pk, given([DOSE], 7))
    assert (Completion.objects.values().get(), Task.objects.values().get()) == before
