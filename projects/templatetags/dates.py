from datetime import datetime

from django.template import Library
from django.utils import timezone
from django.utils.timesince import timesince

register = Library()


@register.filter
def ago(when: datetime) -> str:
    """How long ago in one unit, so that it fits a column: "now", "3 hours ago"."""
    if (timezone.now() - when).total_seconds() < 60:
        return "now"
    return f"{timesince(when, depth=1)} ago"
