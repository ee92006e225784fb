"""Registry, deployments, runs and workers for admins: to be read; a model is published, retired, brought back, and
deleted where nothing needs it."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from django_q.admin import FailAdmin, QueueAdmin, TaskAdmin
from django_q.models import Failure, OrmQ, Schedule, Success

from preannotation import publishing
from preannotation.contract import EMBEDDINGS
from preannotation.models import Deployment, NlpModel, PreannotationRun, Training, Worker
from projects.admin_pages import RecordAdmin, joined, link_to, link_to_list

# Nothing here is scheduled, and a schedule calls any function that its maker names.
admin.site.unregister([OrmQ, Success, Failure, Schedule])


@admin.register(NlpModel)
class NlpModelAdmin(RecordAdmin):
    list_display = [
        "name", "version", "kind", "state", "retired_at", "storage_ref", "origin", "project_link", "created_at",
    ]  # fmt: skip
    list_filter = ["kind", "state", "origin", ("retired_at", admin.EmptyFieldListFilter)]
    list_select_related = ["project"]
    search_fields = ["=id", "name", "storage_ref", "labels", "project__name"]
    ordering = ["name", "-version"]
    actions = ["publish", "retire", "bring_back", "delete_unused"]
    readonly_fields = ["used_by"]

    @admin.display(description="project", ordering="project")
    def project_link(self, model: NlpModel) -> str | SafeString:
        return link_to(model.project)

    @admin.display(description="used in")
    def used_by(self, model: NlpModel) -> SafeString:
        deployments = link_to_list("preannotation_deployment", "deployments", nlp_models__id__exact=model.pk)
        named = [link_to(project) for project in publishing.projects_naming(model.name)]
        return joined([deployments, *named])

    @admin.action(description="Publish to all projects", permissions=["view"])
    def publish(self, request: HttpRequest, models: QuerySet[NlpModel]) -> None:
        count = len(publishing.publish(list(models), request.user))
        self.message_user(request, f"{count} model versions published. Every project may use them now.")

    @admin.action(description="Retire", permissions=["view"])
    def retire(self, request: HttpRequest, models: QuerySet[NlpModel]) -> None:
        count = len(publishing.retire(list(models), request.user))
        self.message_user(request, f"{count} model versions retired. New deployments no longer use them.")

    @admin.action(description="Bring back", permissions=["view"])
    def bring_back(self, request: HttpRequest, models: QuerySet[NlpModel]) -> None:
        count = len(publishing.bring_back(list(models), request.user))
        self.message_user(request, f"{count} model versions may be deployed again.")

    @admin.action(description="Delete where unused", permissions=["view"])
    def delete_unused(self, request: HttpRequest, models: QuerySet[NlpModel]) -> HttpResponse:
        """Asks first, with what would go and what stays. The file system goes with the rows, so each stands alone."""
        back = reverse("admin:preannotation_nlpmodel_changelist")
        if "sure" not in request.POST:
            uses = [(model, publishing.what_uses(model)) for model in models]
            unused = [model for model, why in uses if not why]
            context = {
                **self.admin_site.each_context(request),
                "title": "Delete models",
                "kept": [(model, why) for model, why in uses if why],
                "unused": unused,
                "size": sum(model.size for model in unused),
                "back": back,
            }
            return TemplateResponse(request, "preannotation/admin_delete_models.html", context)
        # Embeddings last: the models that were trained on them may be among these.
        for model in sorted(models, key=lambda model: model.kind == EMBEDDINGS):
            try:
                publishing.delete(model, request.user)
            except publishing.InUse as refused:
                self.message_user(request, str(refused), messages.ERROR)
            else:
                self.message_user(request, f"{model.name} {model.version} is deleted.")
        return redirect(back)


@admin.register(Training)
class TrainingAdmin(RecordAdmin):
    list_display = [
        "id", "project_link", "name", "engine", "state", "nlp_model", "created_by", "created_at", "failure",
    ]  # fmt: skip
    list_filter = ["state", "engine", "is_automatic"]
    list_select_related = ["project", "created_by", "nlp_model"]
    search_fields = ["=id", "name", "project__name", "created_by__username", "error_id"]

    @admin.display(description="project", ordering="project")
    def project_link(self, training: Training) -> str | SafeString:
        return link_to(training.project)


@admin.register(Deployment)
class DeploymentAdmin(RecordAdmin):
    list_display = [
        "id", "project_link", "models", "state", "created_by", "created_at", "runs", "failure",
    ]  # fmt: skip
    list_filter = ["state"]
    list_select_related = ["project", "created_by"]
    search_fields = ["=id", "project__name", "created_by__username", "nlp_models__name", "error_id"]
    exclude = ["nlp_models"]
    readonly_fields = ["models", "runs"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Deployment]:
        return super().get_queryset(request).prefetch_related("nlp_models")

    @admin.display(description="project", ordering="project")
    def project_link(self, deployment: Deployment) -> str | SafeString:
        return link_to(deployment.project)

    @admin.display(description="models")
    def models(self, deployment: Deployment) -> SafeString:
        return joined([link_to(model) for model in deployment.nlp_models.all()])

    @admin.display(description="runs")
    def runs(self, deployment: Deployment) -> SafeString:
        return link_to_list("preannotation_preannotationrun", "runs", deployment__id__exact=deployment.pk)


@admin.register(PreannotationRun)
class PreannotationRunAdmin(RecordAdmin):
    list_display = [
        "id", "project_link", "state", "deployment_link", "total", "found", "empty", "failed", "regions", "created_by",
        "created_at",
    ]  # fmt: skip
    list_filter = ["state", "is_automatic"]
    list_select_related = ["project", "deployment", "created_by"]
    search_fields = ["=id", "project__name", "created_by__username", "failure", "error_id"]

    @admin.display(description="project", ordering="project")
    def project_link(self, run: PreannotationRun) -> str | SafeString:
        return link_to(run.project)

    @admin.display(description="deployment", ordering="deployment")
    def deployment_link(self, run: PreannotationRun) -> str | SafeString:
        return link_to(run.deployment)


@admin.register(Worker)
class WorkerAdmin(RecordAdmin):
    list_display = ["pid", "queue", "host", "holds", "megabytes", "deployments", "started_at", "beat_at"]
    list_filter = ["queue"]
    search_fields = ["=pid", "queue", "host", "holds"]

    @admin.display(description="MB", ordering="memory")
    def megabytes(self, worker: Worker) -> int:
        return worker.memory // 1024**2


class JobAdmin(RecordAdmin):
    """Jobs of the queues, for superusers: an error may quote a text. They are put back by the workers alone."""

    actions = None

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.is_superuser


@admin.register(OrmQ)
class QueuedJobAdmin(JobAdmin, QueueAdmin):
    pass


@admin.register(Success)
class DoneJobAdmin(JobAdmin, TaskAdmin):
    # Their ids are drawn by lot.
    ordering = ["-stopped"]


@admin.register(Failure)
class FailedJobAdmin(JobAdmin, FailAdmin):
    ordering = ["-stopped"]
