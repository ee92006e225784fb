"""What pages show exactly: moments with their full date on hover, texts code point by code point."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.simple_tag
def when(moment: datetime | None) -> SafeString | str:
    """How long ago, with the exact moment on hover; nothing for None."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    exact = f"{local:%Y-%m-%d %H:%M:%S %Z}"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', local.isoformat(timespec="seconds"), exact, naturaltime(moment)
    )


@register.filter
def verbatim_text(text: str) -> SafeString:
    """Escaped so that a browser's text nodes hold the very code points: HTML parsers turn a literal CR into LF."""
    return mark_safe(escape(text).replace("\r", "&#13;"))
