"""The Labeling Config of a project: its editor, and the live check beside it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from projects.access import Membership, manager_or_403
from projects.config_preview import preview
from projects.label_colours import Colours
from projects.labeling_config import ConfigProblem, parse
from projects.models.project import ConfigRefused


@require_http_methods(["GET", "POST"])
def setup(request: HttpRequest, pk: int) -> HttpResponse:
    membership = manager_or_403(request.user, pk)
    project = membership.project
    if request.method == "GET":
        stored = project.labeling_config
        return _page(request, membership, stored, project.config_problems(stored))
    xml = _typed(request)
    if request.POST.get("config_version", str(project.config_version)) != str(project.config_version):
        return _page(request, membership, xml, project.config_problems(xml), overtaken=True)
    try:
        project.set_labeling_config(xml, request.user)
    except ConfigRefused as refused:
        return _page(request, membership, xml, refused.problems, refused=True)
    messages.success(request, f"Labeling Config saved as version {project.config_version}.")
    return redirect("projects:setup", pk)


@require_POST
def check(request: HttpRequest, pk: int) -> HttpResponse:
    membership = manager_or_403(request.user, pk)
    xml = _typed(request)
    context = _checked(xml, membership.project.config_problems(xml))
    return render(request, "projects/_config_problems.html", context)


def _typed(request: HttpRequest) -> str:
    # Forms send line ends as CRLF, whatever stood in the editor.
    return request.POST.get("labeling_config", "").replace("\r\n", "\n")


def _checked(xml: str, problems: tuple[ConfigProblem, ...], refused: bool = False) -> dict[str, object]:
    config = parse(xml).config
    colours = Colours(config)
    return {
        "problems": problems,
        "refused": refused,
        "config": config,
        "colours": colours.css,
        "controls": preview(config, colours) if config else [],
    }


def _page(
    request: HttpRequest,
    membership: Membership,
    xml: str,
    problems: tuple[ConfigProblem, ...],
    refused: bool = False,
    overtaken: bool = False,
) -> HttpResponse:
    """overtaken: somebody saved another version while this one was being written."""
    context = {"membership": membership, "project": membership.project, "xml": xml, "overtaken": overtaken}
    return render(request, "projects/setup.html", context | _checked(xml, problems, refused))
