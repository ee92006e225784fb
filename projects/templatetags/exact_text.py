from django.template import Library
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

register = Library()


@register.filter
def exact(text: str) -> SafeString:
    """Escaped so that the browser shows the very code points: it would turn a literal CR or CRLF into LF."""
    return mark_safe(escape(text).replace("\r", "&#13;"))
