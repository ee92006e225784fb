"""Imports that wait for a worker: begun, run, cancelled, taken over; nothing half done stays."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ

from projects import imports, uploads
from projects.exchange import Cancelled, FileRefused, importing
from projects.exchange.importing import import_into
from projects.models import ImportReport, Project, Task
from tests.conftest import NER_CONFIG, client_of
from tests.projects.rows import texts


@pytest.fixture
def everything_waits(monkeypatch):
    monkeypatch.setattr(imports, "AT_ONCE_BYTES", 0)


def upload(content: object = None, name: str = "notes.json") -> SimpleUploadedFile:
    raw = content if isinstance(content, bytes) else json.dumps(content or [{"text": "one"}, {"text": "two"}]).encode()
    return SimpleUploadedFile(name, raw)


def kept_files(settings) -> list[str]:
    return sorted(path.name for path in settings.UPLOADS_DIR.iterdir()) if settings.UPLOADS_DIR.exists() else []


def jobs() -> list[str]:
    return [job.task["func"] for job in OrmQ.objects.order_by("id")]


def die(project: Project, report: ImportReport) -> str:
    raise SystemExit


def divide_by_zero(project: Project, report: ImportReport) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")
    return ""


def hello(project: Project, report: ImportReport) -> str:
    return "Hello."


def test_a_small_file_is_imported_at_once(project, owner, settings):
    report = imports.begin(project, upload(), owner)
    assert (report.state, report.imported, kept_files(settings)) == ("done", 2, [])


def test_a_large_file_waits_for_a_worker(project, owner, settings, everything_waits):
    report = imports.begin(project, upload(), owner)
    assert (report.state, Task.objects.count(), jobs()) == ("queued", 0, ["projects.jobs.run_import"])
    assert kept_files(settings) == [report.upload]


def test_a_small_file_does_not_wait_for_another_import_in_the_request(project, owner, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(imports, "AT_ONCE_BYTES", 0)
        imports.begin(project, upload(), owner)
    second = imports.begin(project, upload([{"text": "three"}]), owner)
    other = imports.begin(Project.create(owner=owner, name="Other", labeling_config=NER_CONFIG), upload(), owner)
    assert (second.state, other.state) == ("queued", "done")


def test_an_archive_always_waits(project, owner):
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.writestr("a.txt", "one")
    assert imports.begin(project, upload(raw.getvalue(), "notes.zip"), owner).state == "queued"


@pytest.mark.django_db(transaction=True)
class TestInAWorker:
    """The beat looks at the report through a connection of its own, as it does in a worker."""

    def test_the_worker_imports_it_and_forgets_the_upload(self, project, owner, settings, everything_waits):
        report = imports.begin(project, upload(), owner)
        imports.run(report.pk)
        report.refresh_from_db()
        assert (report.state, report.imported, report.upload, kept_files(settings)) == ("done", 2, "", [])
        first, last = Task.objects.order_by("pk").values_list("pk", flat=True)
        assert (report.first_task, report.last_task, report.bytes_read) == (first, last, report.size)

    def test_a_second_delivery_changes_nothing(self, project, owner, everything_waits):
        report = imports.begin(project, upload(), owner)
        imports.run(report.pk)
        imports.run(report.pk)
        assert Task.objects.count() == 2

    def test_an_import_leaves_the_worker_while_another_one_runs_and_follows_at_its_end(
        self, project, owner, everything_waits
    ):
        first, second = (imports.begin(project, upload([{"text": text}]), owner) for text in ("one", "two"))
        OrmQ.objects.all().delete()
        ImportReport.objects.filter(pk=first.pk).update(state="running", claimed_by="another", beat_at=timezone.now())
        imports.run(second.pk)
        second.refresh_from_db()
        assert (second.state, Task.objects.count(), jobs()) == ("queued", 0, [])
        ImportReport.objects.filter(pk=first.pk).update(state="queued", claimed_by="")
        imports.run(first.pk)
        assert [job for job in jobs() if "import" in job] == ["projects.jobs.run_import"]
        imports.run(second.pk)
        assert list(Task.objects.order_by("pk").values_list("text", flat=True)) == ["one", "two"]

    def test_a_wrong_file_leaves_nothing_behind(self, project, owner, settings, everything_waits, monkeypatch):
        monkeypatch.setattr(importing, "BATCH_ROWS", 1)
        report = imports.begin(project, upload(b'[{"text": "one"}, {"text": "two"}, {"text": "thr'), owner)
        imports.run(report.pk)
        report.refresh_from_db()
        assert (report.state, Task.objects.count(), kept_files(settings)) == ("failed", 0, [])
        assert report.failure == (
            "The file is not valid JSON at line 1, column 45 (row 3): unterminated string starting at. Nothing was "
            "imported. Correct the file and import it again."
        )

    def test_a_worker_that_dies_over_what_follows_has_imported_nothing(
        self, project, owner, settings, everything_waits
    ):
        """Else what follows would never come: the next worker would find the import done."""
        report = imports.begin(project, upload(), owner)
        settings.AFTER_IMPORT = ["tests.projects.test_imports.die"]
        with pytest.raises(SystemExit):
            imports.run(report.pk)
        report.refresh_from_db()
        assert (report.state, Task.objects.count(), kept_files(settings)) == ("running", 0, [report.upload])

    def test_what_follows_may_fail_in_the_database_and_the_import_stays(
        self, project, owner, settings, everything_waits
    ):
        report = imports.begin(project, upload(), owner)
        settings.AFTER_IMPORT = ["tests.projects.test_imports.divide_by_zero", "tests.projects.test_imports.hello"]
        imports.run(report.pk)
        report.refresh_from_db()
        assert (report.state, Task.objects.count(), report.followed_by) == (
            "done",
            2,
            "What was to follow the import could not be started; the log has the reason. Hello.",
        )

    def test_a_cancel_in_the_middle_leaves_nothing_behind(
        self, project, owner, settings, everything_waits, monkeypatch
    ):
        monkeypatch.setattr(importing, "BATCH_ROWS", 1)
        report = imports.begin(project, upload(), owner)
        seen = []

        def cancelled_behind_the_first(beat, **figures):
            seen.append(Task.objects.count())
            raise Cancelled

        monkeypatch.setattr("projects.beat.Beat.go_on", cancelled_behind_the_first)
        imports.run(report.pk)
        report.refresh_from_db()
        assert (seen, report.state, Task.objects.count()) == ([1], "cancelled", 0)
        assert kept_files(settings) == []

    def test_whoever_lost_the_report_to_another_worker_stores_nothing(
        self, project, owner, everything_waits, monkeypatch
    ):
        report = imports.begin(project, upload(), owner)
        into = imports.import_into

        def taken_over(*arguments):
            into(*arguments)
            ImportReport.objects.filter(pk=report.pk).update(claimed_by="another")

        monkeypatch.setattr(imports, "import_into", taken_over)
        imports.run(report.pk)
        report.refresh_from_db()
        # The takeover itself stood in the transaction that is undone; what matters is that no task stays.
        assert Task.objects.count() == 0


def test_a_waiting_import_is_cancelled_at_once(project, owner, settings, everything_waits):
    report = imports.begin(project, upload(), owner)
    imports.cancel(report, None)
    report.refresh_from_db()
    assert (report.state, kept_files(settings)) == ("cancelled", [])


def test_an_import_whose_worker_is_silent_is_queued_again_and_fails_at_the_second_death(
    project, owner, settings, everything_waits
):
    report = imports.begin(project, upload(), owner)
    for state in ("queued", "failed"):
        long_ago = timezone.now() - timedelta(seconds=11)
        ImportReport.objects.update(state="running", claimed_by="host:1:x", beat_at=long_ago)
        assert imports.revive() == 1
        report.refresh_from_db()
        assert report.state == state
    assert (report.failure, kept_files(settings)) == (imports.DIED, [])


def test_an_import_that_beats_is_left_alone(project, owner, everything_waits):
    imports.begin(project, upload(), owner)
    ImportReport.objects.update(state="running", claimed_by="host:1:x", beat_at=timezone.now())
    assert imports.revive() == 0


def test_a_file_above_the_limit_is_refused_with_its_size(project, owner, everything_waits, monkeypatch):
    monkeypatch.setattr(imports, "MAX_FILE_BYTES", 1)
    with pytest.raises(FileRefused, match="at most 0 GiB are taken"):
        imports.begin(project, upload(), owner)


def test_the_page_polls_while_the_import_is_under_way_and_stops_at_its_end(project, manager, everything_waits):
    report = imports.begin(project, upload(), manager)
    url = reverse("projects:import_report", args=[project.pk, report.pk])
    client = client_of(manager)
    assert b"hx-trigger" in client.get(url, headers={"HX-Request": "true"}).content
    imports.cancel(report, None)
    response = client.get(url, headers={"HX-Request": "true"})
    assert b"hx-trigger" not in response.content
    assert texts(response, "//*[@role='status']") == ["The import was cancelled. Nothing was imported."]


def test_cancelling_needs_a_manager(project, manager, annotator, outsider, everything_waits):
    report = imports.begin(project, upload(), manager)
    url = reverse("projects:import_cancel", args=[project.pk, report.pk])
    assert [client_of(person).post(url).status_code for person in (outsider, annotator, manager)] == [404, 403, 302]


def test_an_import_sets_off_what_the_project_wants(project, owner):
    project.preannotate_imports = True
    project.save()
    report = imports.begin(project, upload(), owner)
    assert report.followed_by == (
        "Not preannotated: Nothing is deployed in this project, or not ready yet. Deploy first."
    )


def test_the_problems_can_be_downloaded_and_run_nothing_in_a_spreadsheet(project, manager):
    report = ImportReport.objects.create(
        project=project, file_name="=a.json", problems=[{"row": 2, "what": "row", "reason": "It is empty."}]
    )
    response = client_of(manager).get(reverse("projects:import_problems", args=[project.pk, report.pk]))
    assert response.content.decode().splitlines() == ["file,row,what,why", "'=a.json,2,row,It is empty."]


def test_uploads_get_names_that_tell_nothing(settings):
    name = uploads.keep([b"secret"])
    assert (uploads.path_of(name).read_bytes(), len(name)) == (b"secret", 32)


@pytest.mark.parametrize(("config", "ends"), [("", "stored"), ("DOSAGE", "refused")])
def test_an_import_ends_refused_where_labels_went_meanwhile(project, owner, config, ends):
    """The config is changed by somebody else between the file's first rows and its end."""
    changed = "\n".join(line for line in NER_CONFIG.splitlines() if not config or config not in line) + "\n\n"
    report = ImportReport.objects.create(project=project, file_name="notes.json", created_by=owner)
    with transaction.atomic():
        if ends == "refused":
            message = 'the label "DOSAGE" of "label" is gone. Nothing was imported. Import the file again.'
            with pytest.raises(FileRefused, match=message):
                import_into(report, upload(), lambda rows: change(project, changed, owner))
        else:
            import_into(report, upload(), lambda rows: change(project, changed, owner))
            assert report.imported == 2


def with_choices(choices: str, attributes: str = "") -> str:
    control = f'<Choices name="dep" toName="text"{attributes}>{choices}</Choices>'
    return NER_CONFIG.replace("</View>", f"{control}</View>")


SEVERAL = with_choices('<Choice value="A"/>', ' choice="multiple"')
ONE = SEVERAL.replace("multiple", "single")
UNDER_A = '<Choice value="A"><Choice value="X"/></Choice><Choice value="B"/>'
UNDER_B = '<Choice value="A"></Choice><Choice value="B"><Choice value="X"/></Choice>'
RENAMED = NER_CONFIG.replace('name="text"', 'name="note"').replace('toName="text"', 'toName="note"')


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (SEVERAL, ONE, 'the control "dep" takes one answer now, before several'),
        (with_choices(UNDER_A), with_choices(UNDER_B), 'the choice "X" of "dep" moves from "A / X" to "B / X"'),
        (NER_CONFIG, RENAMED, 'the regions of "label" are about the text "note" now'),
        (SEVERAL, ONE.replace('"dep"', '"kind"'), 'during the import: the choice "A" of "dep" is gone'),
    ],
    ids=["fewer answers", "a choice stands elsewhere", "the text has another name", "the control is gone"],
)
def test_an_import_ends_refused_where_what_it_brings_no_longer_fits(project, owner, before, after, told):
    project.set_labeling_config(before, owner)
    report = ImportReport.objects.create(project=project, file_name="notes.json", created_by=owner)
    with transaction.atomic(), pytest.raises(FileRefused, match=f"{told}. Nothing was imported."):
        import_into(report, upload(), lambda rows: change(project, after, owner))


def change(project: Project, xml: str, by: User) -> None:
    Project.objects.get(pk=project.pk).set_labeling_config(xml, by)
