"""axe-core over every page, wide in light and narrow in dark: nothing serious on any of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from django.urls import URLResolver, get_resolver
from django.utils import timezone
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from preannotation import actions
from preannotation.evaluating.errors import Judged, Said
from preannotation.evaluating.figures import made
from preannotation.models import (
    ActiveLearning,
    Arrival,
    Comparison,
    Deployment,
    Evaluation,
    NlpModel,
    PreannotationRun,
    Training,
)
from projects.models import Activity, Completion, ExportReport, ImportReport, Project, Task
from projects.models.project import Role
from tests.browser.conftest import SEEN_MS, close
from tests.browser.editing import CONFIG, prepared, region, suggested
from tests.conftest import PASSWORD, client_of
from tests.preannotation.conftest import CONFIG as MODELS_CONFIG
from tests.preannotation.conftest import ready, registered
from tests.projects.test_overview import judged

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SIZES = {"wide and light": (1440, "light"), "narrow and dark": (390, "dark")}
FAILS = {"serious", "critical"}
# Not pages of their own: answers to forms and scripts, and parts of pages that are checked with them.
NO_PAGES = {
    "preannotation:evaluation_start", "preannotation:evaluation_cancel", "preannotation:model_arrive",
    "preannotation:arrivals", "preannotation:arrival_cancel", "preannotation:model_export",
    "preannotation:model_change", "preannotation:training_look", "preannotation:training_start",
    "preannotation:training_cancel", "projects:tasks_outside",
    "alive", "logout", "projects:task_count", "projects:task_assign", "projects:completion_json",
    "projects:completion_save", "projects:completion_submit", "projects:completion_clone", "projects:completion_star",
    "projects:completion_review", "projects:completion_create", "projects:prediction_json", "projects:bulk_progress",
    "projects:setup_check", "projects:team_hand_over", "projects:team_change", "projects:team_remove",
    "projects:import_cancel", "projects:import_problems", "projects:export_list", "projects:export_file",
    "projects:export_cancel", "preannotation:deploy", "preannotation:others", "preannotation:stop",
    "preannotation:operations_stop", "preannotation:start", "preannotation:progress", "preannotation:cancel",
    "preannotation:retry", "preannotation:ask_try_out", "preannotation:try_out", "preannotation:add_labels",
    "preannotation:take_out", "preannotation:last_deployment", "preannotation:widget",
}  # fmt: skip


@pytest.fixture
def task(project: Project, annotator: User, manager: User) -> Task:
    """With a prediction, work of two people and a verdict of each kind."""
    task = prepared(project, *suggested())
    task.assignments.create(user=annotator, role=Role.ANNOTATOR)
    done = Completion.objects.create(
        task=task, user=annotator, username="anna", submitted_at=timezone.now(), lead_time=42.0, note="Look at this.",
        result=[region("aspirin", "DOSAGE"), region("metformin", "DRUG")],
    )  # fmt: skip
    Completion.objects.create(task=task, user=manager, username="mona", result=[region("nausea", "PROBLEM")])
    for kind in ("accepted", "boundary", "relabelled", "rejected", "added"):
        judged(done, kind, "DRUG", corrected="DOSAGE" if kind == "relabelled" else "")
    Activity.objects.record(project, annotator, Activity.Verb.SUBMITTED, "submitted a completion", task)
    return task


@pytest.fixture
def run(task: Task, project: Project, manager: User) -> PreannotationRun:
    """Of a project whose config names models, with one run that is over and one deployment that failed."""
    registered("vectors", kind="embeddings", engine_class="Word2VecModel", dimension=100)
    registered("ner_drug", labels=["DRUG", "DOSAGE"])
    registered("ner_problem", labels=["PROBLEM"])
    Project.objects.filter(pk=project.pk).update(labeling_config=MODELS_CONFIG)
    ready(actions.deploy(Project.objects.get(pk=project.pk), manager))
    run = actions.preannotate(project, manager, Task.objects.all(), "all")
    PreannotationRun.objects.filter(pk=run.pk).update(state="failed", failure="The models are gone.", cancelled=1)
    Project.objects.filter(pk=project.pk).update(labeling_config=CONFIG)
    failed = Deployment.objects.create(project=project, config=CONFIG, config_version=1, created_by=manager)
    Deployment.objects.filter(pk=failed.pk).update(state="failed", failure="Out of memory.")
    return run


def learned_by_itself(project: Project) -> Training:
    """Active learning that is on and has compared two models."""
    old, new = NlpModel.objects.get(name="ner_drug"), registered("ner_drug", 2, project=project)
    training = Training.objects.create(project=project, name="ner_drug", kind="ner", engine="NerDL", nlp_model=new)
    figures = {"old": {"f1": 0.8}, "new": {"f1": 0.85}}
    Comparison.objects.create(project=project, training=training, old=old, new=new, figures=figures, tasks=[1, 2, 3])
    ActiveLearning.objects.create(project=project, is_on=True, template=training)
    return training


def evaluated(project: Project, task: Task) -> Evaluation:
    """Two versions on one task: the first one misses its drug, the second one finds it."""
    drug = (0, 7, "DRUG")
    both = [NlpModel.objects.get(name="ner_drug", version=version) for version in (1, 2)]
    judged = [[Judged(task.pk, (drug,), ())], [Judged(task.pk, (drug,), (Said(*drug, 0.9),))]]
    figures = {str(model.pk): made("ner", one, "one task") for model, one in zip(both, judged, strict=True)}
    evaluation = Evaluation.objects.create(project=project, about="two on one", tasks=[task.pk], figures=figures)
    evaluation.nlp_models.set(both)
    return evaluation


@pytest.fixture
def addresses(project: Project, task: Task, run: PreannotationRun, owner: User) -> dict[str, list[str]]:
    """Every page in its states, by the names of their addresses."""
    here, there = f"/projects/{project.pk}", f"/projects/{project.pk}/tasks/{task.pk}"
    submitted, draft = Completion.objects.order_by("pk")
    empty = Project.create(owner=owner, name="Empty")
    problems = [{"row": 3, "what": "the row", "reason": "It has no text."}]
    done = ImportReport.objects.create(
        project=project, file_name="notes.json", created_by=owner, imported=1, refused=1, problem_count=1,
        problems=problems,
    )  # fmt: skip
    training = learned_by_itself(project)
    evaluation = evaluated(project, task)
    pair = "&".join(f"{side}={pk}" for side, pk in zip(("left", "right"), evaluation.figures, strict=True))
    Arrival.objects.create(
        project=project, name="ner_x", way="hub", source="ner_x", state="failed", failure="No network."
    )
    ExportReport.objects.create(project=project, created_by=owner, words="all tasks", state="failed", failure="Full.")
    return {
        "projects:list": ["/projects/"],
        "projects:new": ["/projects/new/"],
        "projects:tasks": [f"{here}/", f"{here}/?q=author:x", f"{here}/?tag=none", f"/projects/{empty.pk}/"],
        "projects:bulk": [f"{here}/tasks/bulk/{verb}/?task={task.pk}" for verb in ("tag", "assign", "delete")],
        "projects:next_task": [f"/projects/{empty.pk}/next/"],
        "projects:task": [f"{there}/", f"{there}/?completion={submitted.pk}", f"{there}/?completion={draft.pk}"],
        "projects:compare": [f"{there}/compare/?left=c{submitted.pk}&right=c{draft.pk}", f"{there}/compare/"],
        "projects:completion_delete": [f"{there}/completions/{submitted.pk}/delete/"],
        "projects:setup": [f"{here}/setup/", f"/projects/{empty.pk}/setup/"],
        "projects:team": [f"{here}/team/"],
        "projects:import": [f"{here}/import/"],
        "projects:import_report": [f"{here}/import/{done.pk}/"],
        "projects:export": [f"{here}/export/"],
        "projects:overview": [f"{here}/overview/", f"/projects/{empty.pk}/overview/"],
        "projects:activity": [f"{here}/activity/", f"{here}/activity/?kind=reviewed"],
        "projects:settings": [f"{here}/settings/"],
        "projects:delete": [f"{here}/delete/"],
        "preannotation:popup": [f"{here}/preannotate/?task={task.pk}"],
        "preannotation:runs": [f"{here}/runs/", f"/projects/{empty.pk}/runs/"],
        "preannotation:run": [f"{here}/runs/{run.pk}/"],
        "preannotation:roll_back": [f"{here}/runs/{run.pk}/roll-back/"],
        "preannotation:trainings": [f"{here}/training/", f"/projects/{empty.pk}/training/"],
        "preannotation:training": [f"{here}/training/{training.pk}/"],
        "preannotation:active_learning": [
            f"{path}/training/active-learning/" for path in (here, f"/projects/{empty.pk}")
        ],
        "preannotation:evaluations": [f"{path}/evaluations/" for path in (here, f"/projects/{empty.pk}")],
        "preannotation:evaluation": [
            f"{here}/evaluations/{evaluation.pk}/{query}" for query in ("", f"?{pair}", "?precision=0.9")
        ],
        "preannotation:models": [f"{here}/models/"],
        "preannotation:model": [f"{here}/models/{training.nlp_model_id}/"],
        "preannotation:operations": ["/operations/"],
        "password_change": ["/account/password/"],
        "password_change_done": ["/account/password/done/"],
        "no such page": ["/projects/999999/"],
    }


@pytest.fixture(params=SIZES)
def window(request: pytest.FixtureRequest, browser: Browser, live_server: LiveServer, settings) -> Iterator[Page]:
    settings.DEBUG = False
    width, scheme = SIZES[request.param]
    context = browser.new_context(
        base_url=live_server.url, viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    context.set_default_timeout(SEEN_MS)
    yield context.new_page()
    close([context], live_server)


def enter(page: Page, user: User, server: LiveServer) -> None:
    session = client_of(user).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": server.url}])


def faults(page: Page) -> list[str]:
    """What axe takes for serious here, and whether the page is wider than its window."""
    found = Axe().run(page).response["violations"]
    said = [
        f"{page.url}: {fault['id']}, {node['target']}: {node['html'][:150]}"
        for fault in found
        if fault["impact"] in FAILS
        for node in fault["nodes"][:5]
    ]
    width, room = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    return said + ([f"{page.url}: {width} px wide in a window of {room}"] if width > room else [])


def test_no_page_has_a_serious_fault(window, live_server, owner, addresses):
    User.objects.filter(pk=owner.pk).update(is_staff=True)
    enter(window, owner, live_server)
    found = []
    for name, paths in addresses.items():
        for path in paths:
            answer = window.goto(path)
            assert answer and (answer.status, path) == (404 if name == "no such page" else 200, path)
            found += faults(window)
    assert "\n".join(found) == ""


def test_what_annotators_reviewers_and_people_at_the_door_see_has_none(
    window, live_server, annotator, reviewer, task, project
):
    task.assignments.create(user=reviewer, role=Role.REVIEWER)
    window.goto("/account/login/")
    found = faults(window)
    window.get_by_label("Username").fill("anna")
    window.get_by_label("Password").fill("wrong")
    window.get_by_role("button", name="Log in").click()
    found += faults(window)
    window.get_by_label("Password").fill(PASSWORD)
    window.get_by_role("button", name="Log in").click()
    window.get_by_role("heading", name="Projects").wait_for()
    for user in (annotator, reviewer):
        enter(window, user, live_server)
        for path in ("", "overview/", "activity/", f"tasks/{task.pk}/", f"tasks/{task.pk}/compare/", "setup/"):
            window.goto(f"/projects/{project.pk}/{path}")
            found += faults(window)
    window.goto(f"/projects/{project.pk}/")
    window.get_by_role("button", name="Log out").click()
    window.get_by_label("Username").wait_for()
    assert "\n".join(found + faults(window)) == ""


def test_windows_over_the_pages_have_none(window, live_server, manager, task, run):
    enter(window, manager, live_server)
    window.goto(f"/projects/{task.project_id}/")
    window.locator("#task-rows input[name=task]").first.check()
    found = []
    for name in ("Tag", "Assign", "Delete", "Preannotate"):
        window.get_by_role("button", name=name, exact=True).click()
        window.locator("#popup-body > *").first.wait_for()
        found += faults(window)
        window.keyboard.press("Escape")
    window.goto(task.get_absolute_url())
    window.locator("#text .block").first.wait_for()
    window.locator("#text").focus()
    window.keyboard.press("?")
    window.locator("dialog[open]").first.wait_for()
    assert "\n".join(found + faults(window)) == ""


def test_every_address_is_a_page_that_is_checked_or_known_to_be_none(addresses):
    ours = {f"{name}:" for name in ("projects", "preannotation")} | {""}
    names = {name for name in names_of(get_resolver()) if any(name.startswith(prefix) for prefix in ours)}
    unknown = {name for name in names if name not in addresses and name not in NO_PAGES and "admin:" not in name}
    assert unknown - {"login"} == set()


def names_of(resolver: URLResolver, space: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from names_of(pattern, f"{space}{pattern.namespace}:" if pattern.namespace else space)
        elif pattern.name:
            yield f"{space}{pattern.name}"
