from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from preannotation.models import Deployment, NlpModel, PreannotationRun, Worker


class RecordAdmin(admin.ModelAdmin):
    """What happened, or what a model says of itself: to be read, never edited or invented."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(NlpModel)
class NlpModelAdmin(RecordAdmin):
    list_display = ["name", "version", "kind", "state", "retired_at", "storage_ref", "origin", "project", "created_at"]
    list_filter = ["kind", "state", "origin", "language"]
    list_select_related = ["project"]
    search_fields = ["name", "storage_ref", "labels"]
    actions = ["retire", "bring_back"]

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return request.user.is_staff

    @admin.action(description="Retire the selected models", permissions=["view"])
    def retire(self, request: HttpRequest, queryset: QuerySet[NlpModel]) -> None:
        count = queryset.filter(retired_at=None).update(retired_at=timezone.now())
        self.message_user(request, f"{count} model versions retired. New deployments no longer use them.")

    @admin.action(description="Bring the selected models back", permissions=["view"])
    def bring_back(self, request: HttpRequest, queryset: QuerySet[NlpModel]) -> None:
        count = queryset.exclude(retired_at=None).update(retired_at=None)
        self.message_user(request, f"{count} model versions may be deployed again.")


@admin.register(Deployment)
class DeploymentAdmin(RecordAdmin):
    list_display = ["id", "project", "state", "created_by", "created_at", "ready_at", "load_seconds", "failure"]
    list_filter = ["state"]
    list_select_related = ["project", "created_by"]
    search_fields = ["=id", "project__name", "created_by__username", "nlp_models__name"]
    date_hierarchy = "created_at"


@admin.register(PreannotationRun)
class PreannotationRunAdmin(RecordAdmin):
    list_display = [
        "id", "project", "state", "deployment", "scope", "total", "found", "empty", "failed", "regions", "created_by",
        "created_at", "finished_at",
    ]  # fmt: skip
    list_filter = ["state"]
    list_select_related = ["project", "deployment", "created_by"]
    search_fields = ["=id", "project__name", "created_by__username", "failure"]
    date_hierarchy = "created_at"


@admin.register(Worker)
class WorkerAdmin(RecordAdmin):
    list_display = ["queue", "host", "pid", "holds", "memory", "started_at", "beat_at", "probed_at"]
    list_filter = ["queue"]
