from __future__ import annotations

from django.template import Library
from django.utils.html import format_html
from django.utils.safestring import SafeString

from projects.models import Verdict

register = Library()


@register.filter
def figure(share: float | None) -> str:
    """A figure of 0..1 with two places; a dash where there is none."""
    return "–" if share is None else f"{share:.2f}"


@register.filter
def verdict(kind: str) -> str:
    return Verdict.Kind(kind).label.lower()


@register.simple_tag
def width(percent: float) -> str:
    """A CSS width. Not by a filter of numbers: those write commas in some languages."""
    return f"{percent:.2f}%"


@register.simple_tag
def bar(share: float | None, kind: str) -> SafeString | str:
    """A bar for a number that stands beside it. share: 0..100, of kind "f1" 0..1."""
    if not share:
        return ""
    percent = 100 * share if kind == "f1" else share
    return format_html('<span class="bar bar-{}" style="width: {}%" aria-hidden="true"></span>', kind, f"{percent:.2f}")
