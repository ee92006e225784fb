"""An import sets off a run, where the project wants that."""

import io
import json

from preannotation import actions
from preannotation.automatic import preannotate_imported
from preannotation.models import PreannotationRun
from preannotation.run_views import RunView
from projects.exchange import import_file
from tests.preannotation.conftest import ready


def imported(project, by):
    rows = io.BytesIO(json.dumps([{"text": "a"}, {"text": "b"}]).encode())
    report = import_file(project, rows, "notes.json", by)
    ids = sorted(project.tasks.values_list("pk", flat=True))
    report.first_task, report.last_task = ids[0], ids[-1]
    return report


def test_an_import_starts_a_run_that_says_so(configured, manager):
    ready(actions.deploy(configured, manager))
    configured.preannotate_imports = True
    configured.save()
    said = preannotate_imported(configured, imported(configured, manager))
    run = PreannotationRun.objects.get()
    assert (said, run.total, run.scope) == (f"Run {run.pk} preannotates what came in.", 2, "import of notes.json")
    assert RunView(run).started_by == "import, by mona"


def test_without_a_deployment_the_import_says_why_nothing_was_started(configured, manager):
    configured.preannotate_imports = True
    assert preannotate_imported(configured, imported(configured, manager)).startswith("Not preannotated: Nothing is")


def test_a_project_that_does_not_want_it_gets_no_run(configured, manager):
    ready(actions.deploy(configured, manager))
    assert preannotate_imported(configured, imported(configured, manager)) == ""
    assert PreannotationRun.objects.count() == 0


def test_where_all_that_came_in_has_predictions_the_import_says_so(configured, manager):
    ready(actions.deploy(configured, manager))
    configured.preannotate_imports = True
    report = imported(configured, manager)
    for task in configured.tasks.all():
        task.predictions.create(result=[], text_hash=task.text_hash, source_key=task.text_hash, model_version="m 1")
    said = preannotate_imported(configured, report)
    assert (said, PreannotationRun.objects.count()) == (
        "Not preannotated: all that came in has predictions already.", 0,
    )  # fmt: skip
