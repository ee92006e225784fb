"""Doses, routes, frequencies, durations and other measures as notes write them, drawn at random."""

from collections.abc import Callable
from random import Random
from typing import Final

_NUMBER_WORDS: Final = ("two", "three", "four", "five", "six", "seven", "eight", "ten")
_FORMS: Final = {
    "unit": ("tablet", "capsule", "patch", "suppository", "lozenge", "sachet", "vial", "ampoule"),
    "units": ("tablets", "capsules", "tabs", "caps", "patches", "drops", "sachets", "lozenges"),
    "mass": ("syrup", "suspension", "solution", "cream", "ointment", "injection", "inhaler", "powder", "gel", "spray"),
}
_ROUTES: Final = (
    *("by mouth", "orally", "PO", "po", "p.o.", "intravenously", "IV", "iv", "subcutaneously", "SC", "subcut"),
    *("intramuscularly", "IM", "sublingually", "under the tongue", "topically", "transdermally", "rectally", "inhaled"),
    *("per rectum", "via nebulizer", "through the feeding tube", "into both eyes", "intranasally", "to the skin"),
)


def strength(random: Random) -> str:
    amount = random.choice(
        (0.5, 1, 2, 2.5, 4, 5, 10, 12.5, 15, 20, 25, 30, 40, 50, 75, 80, 100, 125, 150, 200, 250, 500)
    )
    unit = random.choice(("mg", "mg", "mg", "mg", "mcg", "g", "units", "mEq", "mg/mL", "mg/5 mL", "micrograms", "IU"))
    draw = random.random()
    if draw < 0.08:
        return f"{amount:g}%"
    if draw < 0.2:
        return f"{amount:g}{unit.split('/')[0]}"
    if draw < 0.25:
        return f"{amount:g}-{amount * 2:g} mg"
    return f"{amount:g} {unit}"


def dosage(random: Random) -> str:
    """How many units of a form, as in `two tablets`."""
    number = random.randint(2, 6)
    return random.choice(
        (
            str(number),
            random.choice(_NUMBER_WORDS[:3]),
            f"{number - 1}-{number}",
            f"{number - 1} to {number}",
            "one to two",
        )
    )


def single_dosage(random: Random) -> str:
    return random.choice(("one", "1", "half a", "1/2", "one"))


def volume_dosage(random: Random) -> str:
    """An amount that needs no form, as in `10 mL`."""
    amount = random.choice((2, 4, 5, 8, 10, 12, 15, 20, 30))
    return random.choice(
        (
            f"{amount} mL",
            f"{amount} units",
            f"{amount} ml",
            "two puffs",
            f"{random.randint(1, 4)} puffs",
            "one spray",
            "1 puff",
        )
    )


def route(random: Random) -> str:
    return random.choice(_ROUTES)


def frequency(random: Random) -> str:
    hours = random.choice((4, 6, 8, 12, 24))
    word = random.choice(("four", "six", "eight", "twelve"))
    times = random.choice(("twice", "three times", "four times", "2 times"))
    return random.choice(
        (
            *(
                "once daily",
                "daily",
                "every day",
                "once a day",
                "at bedtime",
                "nightly",
                "every morning",
                "in the evening",
            ),
            *("bid", "BID", "tid", "TID", "qid", "qd", "b.i.d.", "t.i.d.", "qhs", "every other day", "weekly"),
            *("once a week", "as needed", "prn", "with meals", "before breakfast", "after dinner", "monthly"),
            *(f"every {hours} hours", f"every {word} hours", f"q{hours}h", f"q {hours} h", f"{times} a day"),
            *(
                f"{times} daily",
                f"{times} per day",
                f"every {hours} hours as needed",
                f"every {random.randint(2, 4)} days",
            ),
        )
    )


def duration(random: Random) -> str:
    unit = random.choice(("days", "weeks", "months"))
    number = random.choice((str(random.randint(2, 14)), random.choice(_NUMBER_WORDS)))
    return random.choice(
        (
            *(f"for {number} {unit}", f"for {number} {unit}", f"for another {number} {unit}", f"x {number} {unit}"),
            *(f"for a total of {number} {unit}", f"for {number} more {unit}", f"over {number} {unit}", "for one week"),
            *(
                f"for the next {number} {unit}",
                "for a month",
                f"for up to {number} {unit}",
                f"for at least {number} {unit}",
            ),
        )
    )


def _form(group: str) -> Callable[[Random], str]:
    return lambda random: random.choice(_FORMS[group])


MEASURES: Final[dict[str, Callable[[Random], str]]] = {
    "STRENGTH": strength,
    "DOSAGE": dosage,
    "DOSAGE:one": single_dosage,
    "DOSAGE:volume": volume_dosage,
    "ROUTE": route,
    "FREQUENCY": frequency,
    "DURATION": duration,
    "FORM": _form("unit"),
    "FORM:plural": _form("units"),
    "FORM:mass": _form("mass"),
    "number": lambda random: str(random.randint(2, 30)),
    "value": lambda random: f"{random.choice((0.4, 1.2, 3.8, 7.4, 11.2, 88, 96, 104, 138, 142, 210))}",
    "days": lambda random: random.choice(("two days", "three days", "five days", "one week", "two weeks", "a month")),
    "year": lambda random: str(random.randint(1988, 2023)),
    "weekday": lambda random: random.choice(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Sunday")),
    "time": lambda random: f"{random.randint(0, 23):02}:{random.randint(0, 59):02}",
    "ward": lambda random: random.choice(
        ("ward 3", "the medical ward", "the surgical floor", "unit B", "the step-down unit")
    ),
}
"""How to draw each slot of a pattern that needs no name: upper case slots are entities, lower case ones plain words."""
