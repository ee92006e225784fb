"""What an import says of files that are not as they should be, or that somebody does not want any more."""

import io
import json
import re
import zipfile

import pytest
from playwright.sync_api import Page, expect

from projects.models import Activity, Completion, ImportReport, Project, Task
from tests.browser.running import WORKER_MS
from tests.browser.test_import import figure, import_file, open_import
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Twenty times what is stored at once.
ROWS = 40_000
FIGURES = ("Tasks imported", "Joined", "Skipped", "Rows refused", "Regions refused", "Regions repaired")
TEXT = "No fever.\r\nGiven aspirin 100 mg."


@pytest.fixture
def import_page(open_page, manager, project) -> Page:
    """The page of a server without workers, in a project that has labels."""
    return open_page(manager, f"/projects/{project.pk}/import/")


def figures(page: Page, file: str) -> list[str]:
    expect(page.get_by_role("heading", name=f"Import of {file}")).to_be_visible()
    expect(page.locator("dl.figures")).to_be_visible(timeout=WORKER_MS)
    return [figure(page, title) for title in FIGURES]


def region(start: int, end: int, text: str, region_id: str) -> dict:
    value = {"start": start, "end": end, "text": text, "labels": ["DRUG"]}
    return {"id": region_id, "from_name": "label", "to_name": "text", "type": "labels", "value": value}


def in_project(stack: Stack, name: str, expression: str) -> object:
    return stack.query(f"(lambda project: {expression})(Project.objects.filter(name={name!r}).latest('pk'))")


def test_tables_texts_and_archives_of_them_come_in_and_a_second_time_are_skipped(log_in, stack):
    table, note = 'title,text\r\nNote 1,Given aspirin.\r\nNote 2,"Slept, well."\r\n', "Plan:\r\n  walk daily 😀\r\n"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("ward/table.csv", table)
        archive.writestr("ward/other.txt", "Another note.")
    page = log_in("manager")
    open_import(page, "Kinds of files")
    for name, content, expected, said in (
        ("table.csv", table, ["2", "0", "0", "0", "0", "0"], "Every row was taken as it is."),
        ("note.txt", note, ["1", "0", "0", "0", "0", "0"], "Every row was taken as it is."),
        ("packed.zip", packed.getvalue(), ["1", "0", "2", "0", "0", "0"], "Every new row was taken as it is."),
        ("note.txt", note, ["0", "0", "1", "0", "0", "0"], "Nothing in it is new."),
    ):
        import_file(page, name, content)
        assert figures(page, name) == expected
        expect(page.get_by_text(said)).to_be_visible()
        page.get_by_role("link", name="Import another file").click()
    expect(page.locator("table.list tbody th")).to_have_text(["note.txt", "packed.zip", "note.txt", "table.csv"])
    held = in_project(stack, "Kinds of files", "list(project.tasks.order_by('pk').values_list('title', 'text'))")
    assert held == [
        ["Note 1", "Given aspirin."],
        ["Note 2", "Slept, well."],
        ["note.txt", note],
        ["other.txt", "Another note."],
    ]


def test_offsets_that_count_a_line_break_as_one_are_repaired_and_others_refused(import_page, project):
    right = TEXT.index("aspirin")
    given = [region(right - 1, right + 6, "aspirin", "mended"), region(right - 3, right + 4, "aspirin", "astray")]
    task = {"data": {"text": TEXT, "title": "Note"}, "completions": [{"created_username": "anna", "result": given}]}
    import_file(import_page, "shifted.json", json.dumps([task]))
    assert figures(import_page, "shifted.json") == ["1", "0", "0", "0", "1", "1"]
    assert import_page.locator("table.list tbody td.wrap").all_inner_texts() == [
        f"Its text is not what stands at {right - 3}–{right + 4}, and no other way of counting explains it. "
        "It was left out.",
        f"Region mended: offsets counted CRLF as one; {right - 1}–{right + 6} became {right}–{right + 7}.",
    ]
    (held,) = Completion.objects.filter(task__project=project)
    assert held.task.text == TEXT
    assert [(item["id"], item["value"]) for item in held.result] == [
        ("mended", {"start": right, "end": right + 7, "text": "aspirin", "labels": ["DRUG"]})
    ]


def test_a_file_that_cannot_be_read_is_refused_with_the_reason_and_nothing_stays(import_page):
    for name, content, reason in (
        (
            "scan.pdf",
            "%PDF-1.7",
            '"scan.pdf" is of no kind that can be imported. Its name must end with one of .json, ',
        ),
        ("empty.json", "", "This file is empty. Choose another one."),
        (
            "latin.csv",
            "text\nÄrzte\n".encode("latin-1"),
            "The file is not UTF-8: byte 6 (0xC4) can't be read. Save it as ",
        ),
        ("table.csv", "title,body\nOne,Two\n", 'The file has no column "text" for the text (columns, separated by '),
    ):
        import_file(import_page, name, content)
        expect(import_page.locator(".field.wrong .bad")).to_have_text(re.compile(f"^{re.escape(reason)}"))
        expect(import_page.get_by_text("Nothing has been imported yet.")).to_be_visible()
    kept = (Task.objects.count(), ImportReport.objects.count(), Activity.objects.filter(verb="imported").count())
    assert kept == (0, 0, 0)


def test_without_a_file_nothing_is_sent_and_the_field_says_what_is_missing(import_page):
    sent: list[str] = []
    import_page.on("request", lambda request: sent.append(request.method))
    import_page.get_by_role("button", name="Import").click()
    field = import_page.get_by_label("File")
    expect(field).to_be_focused()
    assert field.evaluate("field => field.validity.valueMissing")
    # The page itself may still fetch its icon.
    assert ("POST" in sent, ImportReport.objects.count()) == (False, 0)


def test_an_import_that_waits_is_cancelled_at_once_and_its_file_goes(import_page, project, settings):
    content = "\n".join(json.dumps({"text": f"{number} " + "word " * 300}) for number in range(1_000))
    import_file(import_page, "waiting.jsonl", content)
    expect(import_page.get_by_text("Waits for a worker")).to_be_visible()
    assert len(list(settings.UPLOADS_DIR.iterdir())) == 1
    import_page.get_by_role("button", name="Cancel").click()
    expect(import_page.get_by_text("The import was cancelled. Nothing was imported.")).to_be_visible()
    assert list(settings.UPLOADS_DIR.iterdir()) == []
    assert list(ImportReport.objects.values_list("state", "upload", "imported")) == [("cancelled", "", 0)]
    words = Project.objects.get(pk=project.pk).activities.order_by("-pk").values_list("words", flat=True)[0]
    assert words.startswith("cancelled the import of waiting.jsonl")


def test_a_worker_that_is_told_to_cancel_leaves_nothing_of_the_file(log_in, stack, tmp_path):
    page = log_in("manager")
    open_import(page, "Cancelled imports")
    address = page.url
    kept = set(stack.folder.glob("uploads/*"))
    file = tmp_path / "huge.jsonl"
    file.write_text("\n".join(f'{{"text": "Note {number}: given aspirin."}}' for number in range(ROWS)))
    page.get_by_label("File").set_input_files(file)
    with stack.slow_to_store("projects_task", seconds=1):
        page.get_by_role("button", name="Import").click()
        expect(page.get_by_text(re.compile(r"^[1-9][\d,]* rows read$"))).to_be_visible(timeout=WORKER_MS)
        expect(page.get_by_role("progressbar", name="Progress of the import")).to_be_visible()
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_text("The import was cancelled. Nothing was imported.")).to_be_visible()
    page.get_by_role("link", name="Go to the tasks").click()
    expect(page.get_by_text("This project has no tasks yet.")).to_be_visible()
    page.goto(address)
    expect(page.locator("table.list tbody .state")).to_have_text("Cancelled")
    left = "[project.tasks.count(), list(project.imports.values_list('state', 'upload', 'imported'))]"
    assert in_project(stack, "Cancelled imports", left) == [0, [["cancelled", "", 0]]]
    assert set(stack.folder.glob("uploads/*")) == kept
