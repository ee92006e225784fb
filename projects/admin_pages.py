"""What all pages of Django admin here have in common: who may see them, how they count, how they name other rows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

COUNTED_AT_MOST = 10_000


class MoreThan(int):
    """A count that was not finished."""

    def __str__(self) -> str:
        return f"more than {int(self) - 1:,}"


class BoundedPaginator(Paginator):
    """Counts up to COUNTED_AT_MOST rows, so that no list waits for a count of everything; search finds the rest."""

    @cached_property
    def count(self) -> int:
        counted = self.object_list.order_by()[: COUNTED_AT_MOST + 1].count()  # type: ignore[union-attr]
        return MoreThan(counted) if counted > COUNTED_AT_MOST else counted


class StaffAdmin(admin.ModelAdmin):
    """For every admin (staff). Newest rows first, by the primary key, whatever their number."""

    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    ordering: Sequence[str] = ["-pk"]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_staff

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.is_staff


class RecordAdmin(StaffAdmin):
    """What happened, or what a model says of itself: to be read, never edited or invented."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class StaffInline(admin.TabularInline):
    """Rows inside another one's page, for every admin."""

    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.is_staff

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission


def link_to(row: Model | None) -> str | SafeString:
    """A link to a row's page in admin, named as the row is; a dash where there is none."""
    if row is None:
        return "-"
    address = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    return format_html('<a href="{}">{}</a>', address, row)


def link_to_list(model: str, words: str, **filters: Any) -> SafeString:
    """A link to a list in admin. model: `app_model`. filters: lookups that its address takes."""
    query = "&".join(f"{name}={value}" for name, value in filters.items())
    return format_html('<a href="{}?{}">{}</a>', reverse(f"admin:{model}_changelist"), query, words)


def joined(links: Sequence[str | SafeString]) -> SafeString:
    return format_html_join(", ", "{}", ((link,) for link in links))
