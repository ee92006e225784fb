"""Files in and out."""

import csv
from collections.abc import Mapping

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from projects import exports, imports, uploads
from projects.access import manager_or_403
from projects.exchange import CONLL, FileRefused
from projects.forms import ExportForm, ImportForm
from projects.import_progress import ImportProgress
from projects.listing import Listing
from projects.models import ExportReport, Project
from projects.task_filter import TaskFilter


@require_http_methods(["GET", "POST"])
def import_page(request: HttpRequest, pk: int) -> HttpResponse:
    membership = manager_or_403(request.user, pk)
    project = membership.project
    form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()
    if request.method == "POST" and form.is_valid():
        try:
            report = imports.begin(project, form.cleaned_data["file"], request.user)
        except FileRefused as refused:
            form.add_error("file", str(refused))
        else:
            return redirect("projects:import_report", pk, report.pk)
    listing = Listing.of(project.imports.select_related("created_by").defer("problems"), request.GET)
    context = {"membership": membership, "project": project, "form": form, "listing": listing}
    return render(request, "projects/import.html", context)


@require_GET
def import_report(request: HttpRequest, pk: int, report_pk: int) -> HttpResponse:
    membership = manager_or_403(request.user, pk)
    report = get_object_or_404(membership.project.imports.select_related("created_by"), pk=report_pk)
    context = {"membership": membership, "project": membership.project, "report": report}
    context["progress"] = ImportProgress(report)
    template = "projects/_import_report.html" if request.htmx else "projects/import_report.html"
    return render(request, template, context)


@require_POST
def import_cancel(request: HttpRequest, pk: int, report_pk: int) -> HttpResponse:
    membership = manager_or_403(request.user, pk)
    imports.cancel(get_object_or_404(membership.project.imports, pk=report_pk), request.user)
    return redirect("projects:import_report", pk, report_pk)


@require_GET
def import_problems(request: HttpRequest, pk: int, report_pk: int) -> HttpResponse:
    membership = manager_or_403(request.user, pk)
    report = get_object_or_404(membership.project.imports, pk=report_pk)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="import-{report.pk}-problems.csv"'
    writer = csv.writer(response)
    writer.writerow(["file", "row", "what", "why"])
    for problem in report.problems:
        file = problem.get("file", report.file_name)
        writer.writerow([_cell(file), problem["row"], _cell(problem["what"]), _cell(problem["reason"])])
    return response


def _cell(value: str) -> str:
    """Spreadsheets run what begins like a formula."""
    return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


@require_http_methods(["GET", "POST"])
def export_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    membership = manager_or_403(request.user, pk)
    project = membership.project
    given = TaskFilter.of(request.GET)
    form = ExportForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        report = exports.begin(project, form.wanted, given.query, request.user)
        if report.state == ExportReport.State.DONE:
            return _download(report)
        if report.state != ExportReport.State.FAILED:
            return redirect("projects:export", pk)
        form.add_error(None, report.failure)
    context = {"membership": membership, "project": project, "form": form, "filter": given}
    context["task_count"] = exports.tasks_of(project, given.query).count()
    return render(request, "projects/export.html", context | _listed(project, request.GET))


@require_GET
def export_list(request: HttpRequest, pk: int) -> HttpResponse:
    membership = manager_or_403(request.user, pk)
    context = {"membership": membership, "project": membership.project}
    return render(request, "projects/_exports.html", context | _listed(membership.project, request.GET))


@require_GET
def export_file(request: HttpRequest, pk: int, report_pk: int) -> HttpResponseBase:
    membership = manager_or_403(request.user, pk)
    report = get_object_or_404(membership.project.exports.exclude(file=""), pk=report_pk)
    return _download(report)


@require_POST
def export_cancel(request: HttpRequest, pk: int, report_pk: int) -> HttpResponse:
    membership = manager_or_403(request.user, pk)
    exports.cancel(get_object_or_404(membership.project.exports, pk=report_pk), request.user)
    return redirect("projects:export", pk)


def _listed(project: Project, address: Mapping[str, str]) -> dict[str, object]:
    listing = Listing.of(project.exports.select_related("created_by"), address)
    return {"listing": listing, "under_way": any(report.is_under_way for report in listing.rows)}


def _download(report: ExportReport) -> FileResponse:
    try:
        file = uploads.path_of(report.file).open("rb")
    except FileNotFoundError as error:
        raise Http404("The file of this export is no longer kept. Export again.") from error
    name = slugify(report.project.name) or f"project-{report.project_id}"
    ending, kind = ("conll", "text/plain; charset=utf-8") if report.format == CONLL else ("json", "application/json")
    file_name = f"{name}-{timezone.localtime(report.created_at):%Y-%m-%d-%H%M}.{ending}"
    return FileResponse(file, as_attachment=True, filename=file_name, content_type=kind)
