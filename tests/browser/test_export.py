"""Export as a manager meets it: what comes in a file, and what a worker makes of many tasks."""

import io
import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from projects import exchange
from projects.exports import AT_ONCE_TASKS
from projects.models import Completion, ExportReport, Project
from tests.browser.test_import import import_file, open_import
from tests.projects.rows import make_tasks, span
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TEXT = "No fever. 😀\r\nGiven aspirin 100 mg."


@pytest.fixture
def worked_on(project, manager) -> Project:
    """Three tasks; the first has a submitted completion and a prediction, the second a draft."""
    drug, dose = TEXT.index("aspirin"), TEXT.index("100 mg")
    found = span(TEXT, drug, drug + 7)
    done = {
        "created_username": "anna",
        "submitted_at": "2024-01-03T00:00:00Z",
        "honeypot": True,
        "result": [found, span(TEXT, dose, dose + 6, "DOSAGE")],
    }
    draft = {"created_username": "anna", "result": [span("Took aspirin.", 5, 12)]}
    predicted = {"created_username": "SparkNLP Pre-annotation", "model_version": "ner_posology 1", "result": [found]}
    rows = [
        {"data": {"text": TEXT, "title": "One"}, "tags": ["Ward"], "completions": [done], "predictions": [predicted]},
        {"data": {"text": "Took aspirin.", "ward": "7"}, "completions": [draft]},
        {"data": {"text": "Slept well."}},
    ]
    report = exchange.import_file(project, io.BytesIO(json.dumps(rows).encode()), "worked.json", manager)
    assert (report.imported, report.problem_count) == (3, 0)
    return project


def places(results: list[dict[str, Any]]) -> list[list[tuple[int, int, str, list[str]]]]:
    values = [[region["value"] for region in part["result"]] for part in results]
    return [[(value["start"], value["end"], value["text"], value["labels"]) for value in part] for part in values]


def stored(project: Project, dialect_key: str) -> list[dict[str, Any]]:
    """What a file of all tasks has to say, by the database."""
    return [
        {
            "data": {"text": task.text, **task.data},
            dialect_key: places(list(task.completions.order_by("pk").values("result"))),
            "predictions": places(list(task.predictions.order_by("pk").values("result"))),
        }
        for task in project.tasks.order_by("pk")
    ]


def downloaded(page: Page, button: str) -> list[dict[str, Any]]:
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    return json.loads(download.value.path().read_text())


def test_both_dialects_hold_the_same_tasks_and_come_in_again(open_page, manager, worked_on):
    page = open_page(manager, f"/projects/{worked_on.pk}/export/")
    for dialect, key in (("Annotation Lab", "completions"), ("Label Studio", "annotations")):
        page.get_by_label(dialect).check()
        held = downloaded(page, "Export 3 tasks")
        read = [
            {"data": task["data"], key: places(task[key]), "predictions": places(task["predictions"])} for task in held
        ]
        assert read == stored(worked_on, key)
    page.reload()
    rows = page.locator("#exports tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.locator("td:nth-child(2)")).to_have_text(["JSON, Label Studio", "JSON, Annotation Lab"])
    expect(rows.locator(".state")).to_have_text(["Done", "Done"])

    # Whoever imports the file again finds nothing new in it.
    page.get_by_role("link", name="Import", exact=True).click()
    import_file(page, "again.json", json.dumps(held))
    expect(page.locator("dl.figures dd")).to_have_text(["0", "0", "3", "0", "0", "0"])
    assert (worked_on.tasks.count(), Completion.objects.count()) == (3, 2)


def test_only_what_was_submitted_is_written_where_that_is_asked_for(open_page, manager, worked_on):
    page = open_page(manager, f"/projects/{worked_on.pk}/export/")
    page.get_by_label("Which completions").select_option("Only submitted")
    page.get_by_label("Predictions that are shown").uncheck()
    held = downloaded(page, "Export 3 tasks")
    assert [(len(task["completions"]), task["predictions"]) for task in held] == [(1, []), (0, []), (0, [])]
    assert list(ExportReport.objects.values_list("only", "predictions", "written")) == [("submitted", False, 3)]


def test_an_export_that_waits_is_cancelled_and_offers_no_file(open_page, manager, project, settings):
    make_tasks(project, *(f"Note {number}" for number in range(AT_ONCE_TASKS + 1)))
    page = open_page(manager, f"/projects/{project.pk}/export/")
    page.get_by_role("button", name=f"Export {AT_ONCE_TASKS + 1} tasks").click()
    row = page.locator("#exports tbody tr")
    expect(row.locator(".state")).to_have_text("Queued")
    row.get_by_role("button", name="Cancel").click()
    expect(row.locator(".state")).to_have_text("Cancelled")
    expect(row.get_by_role("button")).to_have_count(0)
    expect(row.get_by_role("link", name="Download")).to_have_count(0)
    assert list(ExportReport.objects.values_list("state", "file", "written")) == [("cancelled", "", 0)]
    assert not settings.UPLOADS_DIR.exists()
    assert project.activities.latest("pk").words == f"cancelled export {ExportReport.objects.get().pk}"


def test_many_tasks_are_written_by_a_worker_and_fetched_when_it_is_through(log_in, stack: Stack):
    page = log_in("manager")
    open_import(page, "Large exports")
    texts = [f"Note {number} 😀\r\nGiven aspirin." for number in range(AT_ONCE_TASKS + 200)]
    import_file(page, "many.json", json.dumps([{"text": text} for text in texts]))
    expect(page.get_by_text("Every row was taken as it is.")).to_be_visible()
    page.get_by_role("link", name="Export", exact=True).click()
    page.get_by_role("button", name=f"Export {len(texts)} tasks").click()
    row = page.locator("#exports tbody tr")
    expect(row.locator(".state")).to_have_text("Done")
    expect(row.locator("td.number").first).to_have_text(f"{len(texts)}")
    with page.expect_download() as download:
        row.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename.startswith("large-exports-")
    assert [task["data"]["text"] for task in json.loads(download.value.path().read_bytes())] == texts
    last = "ExportReport.objects.values_list('state', 'written', 'total', 'project__name').latest('pk')"
    assert stack.query(last) == ["done", len(texts), len(texts), "Large exports"]
