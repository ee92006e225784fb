"""Files in and out."""

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_http_methods

from projects.access import Membership, manager_or_403
from projects.exchange import ExportMismatch, FileRefused, checked_export, import_file
from projects.forms import ExportForm, ImportForm
from projects.models import Project

REPORTS_LISTED = 50


@require_http_methods(["GET", "POST"])
def import_page(request: HttpRequest, pk: int) -> HttpResponse:
    membership = manager_or_403(request.user, pk)
    project = membership.project
    form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            report = import_file(project, file, file.name, request.user)
        except FileRefused as refused:
            form.add_error("file", str(refused))
        else:
            return redirect("projects:import_report", pk, report.pk)
    reports = project.imports.select_related("created_by").defer("problems")[:REPORTS_LISTED]
    context = {"membership": membership, "project": project, "form": form, "reports": reports}
    return render(request, "projects/import.html", context)


@require_GET
def import_report(request: HttpRequest, pk: int, report_pk: int) -> HttpResponse:
    membership = manager_or_403(request.user, pk)
    report = get_object_or_404(membership.project.imports.select_related("created_by"), pk=report_pk)
    context = {"membership": membership, "project": membership.project, "report": report}
    return render(request, "projects/import_report.html", context)


@require_http_methods(["GET", "POST"])
def export_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    membership = manager_or_403(request.user, pk)
    form = ExportForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            return _download(membership, **form.cleaned_data)
        except ExportMismatch as mismatch:
            form.add_error(None, f"{mismatch} The file was not handed out. Try again; if it stays, tell an admin.")
    context = {"membership": membership, "project": membership.project, "form": form}
    context["task_count"] = membership.project.tasks.count()
    return render(request, "projects/export.html", context)


def _download(membership: Membership, dialect: str, completions: bool, predictions: bool) -> FileResponse:
    file = checked_export(membership.tasks, dialect, predictions=predictions, completions=completions)
    return FileResponse(
        file, as_attachment=True, filename=_file_name(membership.project), content_type="application/json"
    )


def _file_name(project: Project) -> str:
    name = slugify(project.name) or f"project-{project.pk}"
    return f"{name}-{timezone.localtime():%Y-%m-%d-%H%M}.json"
