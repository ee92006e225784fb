"""Projects for admins: who is in them. Tasks are not here, because an admin who is no member may not read them."""

from django.contrib import admin
from django.http import HttpRequest

from projects.models import ImportReport, Member, Project


class MemberInline(admin.TabularInline):
    """May be changed: an admin hands a project over when its owner has left."""

    model = Member
    extra = 0
    autocomplete_fields = ["user"]
    readonly_fields = ["added_at"]


@admin.register(Project)
class ProjectAdmin(admin.ModelAdmin):
    list_display = ["name", "owner", "config_version", "config_changed_at", "config_changed_by", "created_at"]
    search_fields = ["name", "description", "members__user__username"]
    readonly_fields = ["labeling_config", "config_version", "config_changed_at", "config_changed_by", "created_at"]
    list_select_related = ["config_changed_by"]
    inlines = [MemberInline]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Project | None = None) -> bool:
        return False


@admin.register(ImportReport)
class ImportReportAdmin(admin.ModelAdmin):
    list_display = ["file_name", "project", "created_by", "created_at", "imported", "refused"]
    search_fields = ["file_name", "project__name", "created_by__username"]
    list_select_related = ["project", "created_by"]
    exclude = ["problems"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ImportReport | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ImportReport | None = None) -> bool:
        return False
