"""The Labeling Config of a project: its editor, the live check beside it, and what is asked before it is replaced."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from projects.access import Membership, manager_or_403
from projects.config_preview import preview
from projects.labeling_config import ConfigProblem, parse
from projects.models.project import ConfigOvertaken, ConfigRefused, LabelsInUse
from projects.save_confirmation import Confirmation, confirmation, decisions_in, is_needed, token
from projects.starting_configs import STARTING_CONFIGS, StartingConfig, starting_config


@require_http_methods(["GET", "POST"])
def setup(request: HttpRequest, pk: int) -> HttpResponse:
    membership = manager_or_403(request.user, pk)
    project = membership.project
    if request.method == "GET":
        start = starting_config(request.GET.get("template", ""))
        xml = start.xml if start else project.labeling_config
        return _page(request, membership, xml, project.config_problems(xml), start=start)
    return _asked_to_save(request, membership, _typed(request))


def _asked_to_save(request: HttpRequest, membership: Membership, xml: str) -> HttpResponse:
    project = membership.project
    problems = project.config_problems(xml)
    if request.POST.get("config_version", str(project.config_version)) != str(project.config_version):
        return _page(request, membership, xml, problems, overtaken=True)
    if problems:
        return _page(request, membership, xml, problems, refused=True)
    decisions = decisions_in(request.POST)
    if is_needed(project, xml) and request.POST.get("confirmed") != token(xml):
        return _page(request, membership, xml, asked=confirmation(project, xml, decisions))
    return _save(request, membership, xml)


def _save(request: HttpRequest, membership: Membership, xml: str) -> HttpResponse:
    project, decisions = membership.project, decisions_in(request.POST)
    try:
        changed = project.set_labeling_config(xml, membership.user, decisions, over=project.config_version)
    except ConfigOvertaken:
        project.refresh_from_db()
        return _page(request, membership, xml, overtaken=True)
    except LabelsInUse:
        project.refresh_from_db()
        return _page(request, membership, xml, asked=confirmation(project, xml, decisions, asked_again=True))
    except ConfigRefused as refused:
        return _page(request, membership, xml, refused.problems, refused=True)
    said = f"Labeling Config saved as version {project.config_version}."
    if changed:
        said += f" Regions on {len(changed):,} task{'' if len(changed) == 1 else 's'} changed with it."
    messages.success(request, said)
    return redirect("projects:setup", project.pk)


@require_POST
def check(request: HttpRequest, pk: int) -> HttpResponse:
    membership = manager_or_403(request.user, pk)
    xml = _typed(request)
    context = _checked(membership, xml, membership.project.config_problems(xml))
    return render(request, "projects/_config_check.html", context)


def _typed(request: HttpRequest) -> str:
    # Forms send line ends as CRLF, whatever stood in the editor.
    return request.POST.get("labeling_config", "").replace("\r\n", "\n")


def _checked(membership: Membership, xml: str, problems: tuple[ConfigProblem, ...]) -> dict[str, object]:
    config = parse(xml).config
    sample = membership.tasks.sample_text()
    return {"problems": problems, "config": config, "preview": preview(config, sample) if config else None}


def _page(
    request: HttpRequest,
    membership: Membership,
    xml: str,
    problems: tuple[ConfigProblem, ...] = (),
    refused: bool = False,
    overtaken: bool = False,
    asked: Confirmation | None = None,
    start: StartingConfig | None = None,
) -> HttpResponse:
    """overtaken: somebody saved another version while this one was being written. start: fills the editor, unsaved."""
    context = _checked(membership, xml, problems) | {
        "membership": membership,
        "project": membership.project,
        "xml": xml,
        "refused": refused,
        "overtaken": overtaken,
        "confirmation": asked,
        "start": start,
        "is_unsaved": bool(refused or overtaken or asked or start),
        "starting_configs": STARTING_CONFIGS,
    }
    return render(request, "projects/setup.html", context)
