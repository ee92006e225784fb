"""The templates of long tables are Jinja2's: Django's own take six times as long for a page of tasks, which was half of
the time that a page of the list took."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from jinja2 import Environment

from projects.templatetags.dates import moment

CENT: Final = Decimal("0.01")


def environment(**options: Any) -> Environment:
    """Named in settings.TEMPLATES."""
    made = Environment(**options, trim_blocks=True)
    made.globals["moment"] = moment
    made.filters["decimals"] = decimals
    return made


def decimals(number: float | None) -> str:
    """Two decimals, rounded as Django's floatformat rounds them on other pages; "" for None."""
    return "" if number is None else str(Decimal(repr(number)).quantize(CENT, ROUND_HALF_UP))
