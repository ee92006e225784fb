"""The list of projects, a new one, its settings, its end."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from projects.access import manager_or_403, owner_or_403
from projects.deletion import StillNeeded, delete_project
from projects.forms import DeleteForm, ProjectForm, SettingsForm
from projects.models import Completion, Prediction, Project
from projects.project_list import projects_of
from projects.project_settings import save_settings


@require_GET
def project_list(request: HttpRequest) -> HttpResponse:
    return render(request, "projects/project_list.html", {"projects": projects_of(request.user)})


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    form = ProjectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        project = Project.create(owner=request.user, **form.cleaned_data)
        messages.success(request, f"Project {project.name} created. Say next what is labeled in it.")
        return redirect("projects:setup", project.pk)
    return render(request, "projects/new.html", {"form": form})


@require_http_methods(["GET", "POST"])
def settings(request: HttpRequest, pk: int) -> HttpResponse:
    membership = manager_or_403(request.user, pk)
    form = SettingsForm(request.POST or None, instance=membership.project)
    name = membership.project.name
    if request.method == "POST" and form.is_valid():
        save_settings(form, request.user)
        messages.success(request, "Settings saved.")
        return redirect("projects:settings", pk)
    # A refused form has already written what was typed into the instance; the heading keeps the stored name.
    context = {"membership": membership, "project": membership.project, "project_name": name, "form": form}
    return render(request, "projects/settings.html", context)


@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    membership = owner_or_403(request.user, pk)
    project = membership.project
    form = DeleteForm(request.POST or None, project=project)
    if request.method == "POST" and form.is_valid():
        try:
            is_gone = delete_project(project)
        except StillNeeded as needed:
            form.add_error(
                None, f"Not deleted: {needed.number} records need this project, such as models trained here."
            )
        else:
            how = "is deleted" if is_gone else "is taken out of the list; a worker deletes its tasks"
            messages.success(request, f"Project {project.name} {how}.")
            return redirect("projects:list")
    return render(request, "projects/delete.html", {"membership": membership, "form": form, **_losses(project)})


def _losses(project: Project) -> dict[str, object]:
    return {
        "project": project,
        "task_count": project.tasks.count(),
        "completion_count": Completion.objects.filter(task__project=project).count(),
        "prediction_count": Prediction.objects.filter(task__project=project).count(),
    }
