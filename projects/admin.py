"""Users, projects and imports for admins. Tasks are not here, because an admin who is no member may not read them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group, User
from django.db.models import Model, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.safestring import SafeString

from projects import team
from projects.admin_pages import RecordAdmin, StaffAdmin, StaffInline, joined, link_to, link_to_list
from projects.models import Activity, Assignment, ImportReport, Member, Project
from projects.models.project import Role
from projects.project_settings import write_settings
from projects.stored_results import number_of
from projects.team import GIVEN_ROLES

OWNED_SHOWN = 5
# Lists in admin, by name only: what ran in a project is recorded by the app above this one.
RECORDS = (
    ("projects_activity", "activity"),
    ("projects_importreport", "imports"),
    ("preannotation_deployment", "deployments"),
    ("preannotation_preannotationrun", "runs"),
)

admin.site.site_header = admin.site.site_title = "Annotation Lab admin"
admin.site.index_title = "Users, projects, models and what ran"
# Roles are held in projects, and staff is one kind: groups would promise rights that nothing asks for.
admin.site.unregister([User, Group])


class MembershipInline(StaffInline):
    """The projects of a user; changed on the project's page, where its other members stand."""

    model = Member
    fields = readonly_fields = ["project_link", "role", "added_at"]
    verbose_name_plural = "projects"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Member]:
        return super().get_queryset(request).select_related("project").order_by("project__name", "role")

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    has_change_permission = has_delete_permission = has_add_permission

    @admin.display(description="project")
    def project_link(self, member: Member) -> str | SafeString:
        return link_to(member.project)


class PersonForm(UserChangeForm):
    class Meta(UserChangeForm.Meta):
        help_texts = {
            "username": "It can't be changed: completions are kept under it, and would be taken for somebody else's."
        }


@admin.register(User)
class PersonAdmin(StaffAdmin, UserAdmin):
    """Made and deactivated here. Superusers are other superusers' business."""

    form = PersonForm
    list_display = ["username", "email", "first_name", "last_name", "is_active", "is_staff", "last_login"]
    list_filter = ["is_active", "is_staff", "is_superuser"]
    search_fields = ["username", "email", "first_name", "last_name"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("Person", {"fields": ["first_name", "last_name", "email"]}),
        ("May", {"fields": ["is_active", "is_staff", "is_superuser"]}),
        ("Dates", {"fields": ["last_login", "date_joined"]}),
    ]
    filter_horizontal: list[str] = []
    readonly_fields = ["last_login", "date_joined"]
    inlines = [MembershipInline]
    actions = ["deactivate", "activate"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_staff

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.is_superuser or (request.user.is_staff and not getattr(obj, "is_superuser", False))

    has_delete_permission = has_change_permission

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        fixed = ["username"] if obj else []
        return [*self.readonly_fields, *fixed, *([] if request.user.is_superuser else ["is_superuser"])]

    def get_inlines(self, request: HttpRequest, obj: User | None) -> list[type[StaffInline]]:
        return self.inlines if obj else []

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """One by one only: a list of users would be deleted without asking what each of them owns."""
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}

    @admin.action(description="Deactivate: they can't log in, their work stays", permissions=["view"])
    def deactivate(self, request: HttpRequest, users: QuerySet[User]) -> None:
        others = users.exclude(pk=request.user.pk)
        if not request.user.is_superuser:
            others = others.exclude(is_superuser=True)
        left_out = users.count() - others.count()
        count = others.filter(is_active=True).update(is_active=False)
        self.message_user(request, f"{count} users deactivated.")
        if left_out:
            self.message_user(request, f"{left_out} left out: yourself or a superuser.", messages.WARNING)

    @admin.action(description="Activate: they can log in again", permissions=["view"])
    def activate(self, request: HttpRequest, users: QuerySet[User]) -> None:
        mine = users if request.user.is_superuser else users.exclude(is_superuser=True)
        self.message_user(request, f"{mine.filter(is_active=False).update(is_active=True)} users activated.")

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        team.remove_everywhere(obj, request.user)
        super().delete_model(request, obj)

    def get_deleted_objects(
        self, objs: Iterable[User], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """In numbers, because the rows themselves may name tasks; owners of projects are refused."""
        users = list(objs)
        owned = Project.objects.filter(members__user__in=users, members__role=Role.OWNER).order_by("pk")
        refused = [
            f"{project.owner} owns {project} (project {project.pk}). Choose another owner on its page in admin first."
            for project in owned[:OWNED_SHOWN]
        ]
        counts = {
            "users": len(users),
            "roles in projects": Member.objects.filter(user__in=users).count(),
            "assignments of tasks": Assignment.objects.filter(user__in=users).count(),
        }
        lines = [f"{user}; completions stay under this name, and so do runs and imports without one" for user in users]
        return lines, counts, set(), refused


class MemberForm(forms.ModelForm):
    """Any role but owner, of which there is exactly one, chosen beside the project's name."""

    role = forms.ChoiceField(choices=[(role.value, role.label) for role in GIVEN_ROLES])


class MemberInline(StaffInline):
    model = Member
    form = MemberForm
    autocomplete_fields = ["user"]
    readonly_fields = ["added_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Member]:
        return super().get_queryset(request).exclude(role=Role.OWNER).select_related("user").order_by("user__username")


class ProjectForm(forms.ModelForm):
    owner = forms.ModelChoiceField(
        User.objects.filter(is_active=True),
        widget=AutocompleteSelect(Member._meta.get_field("user"), admin.site),
        help_text="A former owner stays as a manager.",
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["owner"].initial = self.instance.owner


@admin.register(Project)
class ProjectAdmin(StaffAdmin):
    """A config has problems to be checked and predictions that hang on it: it is changed on the setup page only."""

    form = ProjectForm
    list_display = ["name", "owner_name", "config_version", "config_changed_at", "config_changed_by", "created_at"]
    search_fields = ["=id", "name", "description", "members__user__username"]
    fields = [
        "name", "description", "owner", "annotators_take_next", "preannotate_imports", "config_version",
        "config_changed_at", "config_changed_by", "created_at", "records", "labeling_config",
    ]  # fmt: skip
    readonly_fields = [
        "labeling_config", "config_version", "config_changed_at", "config_changed_by", "created_at", "records",
    ]  # fmt: skip
    list_select_related = ["config_changed_by"]
    inlines = [MemberInline]
    # An admin who is no member gets 404 there.
    view_on_site = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.is_staff

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Project]:
        owners = Member.objects.filter(project=OuterRef("pk"), role=Role.OWNER).values("user__username")
        return super().get_queryset(request).annotate(owner_name=Subquery(owners[:1])).defer("labeling_config")

    @admin.display(description="owner")
    def owner_name(self, project: Project) -> str:
        return project.owner_name or "-"

    @admin.display(description="what ran here")
    def records(self, project: Project) -> SafeString:
        return joined([link_to_list(name, words, project__id__exact=project.pk) for name, words in RECORDS])

    def save_related(self, request: HttpRequest, form: ProjectForm, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        owner = form.cleaned_data["owner"]
        if owner != form.instance.owner:
            team.add(form.instance, owner, [Role.MANAGER], request.user)
            team.hand_over(form.instance, owner, request.user)

    def save_model(self, request: HttpRequest, obj: Project, form: ProjectForm, change: bool) -> None:
        write_settings(obj, form, request.user)

    def save_formset(self, request: HttpRequest, form: ProjectForm, formset: Any, change: bool) -> None:
        """Members who come and go."""
        super().save_formset(request, form, formset, change)
        changed = [member for member, _ in formset.changed_objects]
        for verb, members in (("gave", formset.new_objects + changed), ("took back", formset.deleted_objects)):
            for member in members:
                words = f"{verb} {member.user} the role {member.get_role_display().lower()}, in admin"
                Activity.objects.record(form.instance, request.user, Activity.Verb.TEAM, words)
        lost = team.take_back(form.instance, [known.initial["user"] for known in formset.initial_forms])
        if lost:
            words = f"took back {number_of(lost, 'task')} with these roles, in admin"
            Activity.objects.record(form.instance, request.user, Activity.Verb.TEAM, words)


@admin.register(Activity)
class ActivityAdmin(RecordAdmin):
    """The log of all projects. It tells of tasks by their number only."""

    list_display = ["at", "project_link", "username", "verb", "words", "task_id"]
    list_filter = ["verb"]
    search_fields = ["=username", "project__name"]
    list_select_related = ["project"]

    @admin.display(description="project", ordering="project")
    def project_link(self, activity: Activity) -> str | SafeString:
        return link_to(activity.project)


@admin.register(ImportReport)
class ImportReportAdmin(RecordAdmin):
    """Without the refused rows, which quote tasks."""

    list_display = [
        "file_name", "project_link", "state", "imported", "skipped", "refused", "created_by", "created_at", "failure",
    ]  # fmt: skip
    list_filter = ["state"]
    search_fields = ["=id", "file_name", "project__name", "created_by__username", "error_id"]
    list_select_related = ["project", "created_by"]
    exclude = ["problems"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportReport]:
        return super().get_queryset(request).defer("problems")

    @admin.display(description="project", ordering="project")
    def project_link(self, report: ImportReport) -> str | SafeString:
        return link_to(report.project)
