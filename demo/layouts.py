"""How notes of each kind are built up: headings in the words of each split, and the sentences under them."""

from dataclasses import dataclass
from typing import Final

from demo.names import HELDOUT, TRAIN


@dataclass(frozen=True, slots=True)
class Section:
    """heading: key of HEADINGS. categories: (category of patterns, fewest, most sentences). lines: a list."""

    heading: str
    categories: tuple[tuple[str, int, int], ...]
    lines: bool = False


HEADINGS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    TRAIN: {
        "story": ("History of present illness", "HISTORY", "Presenting complaint", "HPI", "Reason for visit"),
        "past": ("Past medical history", "PAST HISTORY", "PMH", "Previous illnesses"),
        "family": ("Family history", "FAMILY HISTORY", "FH"),
        "exam": ("Physical examination", "EXAM", "Examination", "On examination"),
        "tests": ("Laboratory and imaging", "RESULTS", "Investigations", "Labs"),
        "drugs": ("Medications", "MEDICATIONS", "Current medication", "Drug list"),
        "course": ("Course", "TREATMENT", "Management", "Progress"),
        "assessment": ("Assessment", "IMPRESSION", "Diagnosis", "A/P"),
        "advice": ("Plan", "INSTRUCTIONS", "Follow-up", "Advice"),
    },
    HELDOUT: {
        "story": ("Background", "STORY", "Subjective", "Complaints"),
        "past": ("Earlier illnesses", "MEDICAL HISTORY", "Past illnesses"),
        "family": ("Relatives", "FAMILY"),
        "exam": ("Findings", "OBJECTIVE", "Clinical findings"),
        "tests": ("Tests", "DIAGNOSTICS", "Measurements"),
        "drugs": ("Medicines", "PRESCRIPTIONS", "Therapy"),
        "course": ("What was done", "COURSE AND CARE", "Care"),
        "assessment": ("Summary", "OPINION", "Conclusion"),
        "advice": ("Next steps", "WHAT TO DO", "Recommendations"),
    },
}

_STORY = Section("story", (("opening", 1, 1), ("present", 1, 2), ("absent", 1, 2), ("plain", 0, 1)))
_PAST = Section("past", (("past", 1, 2), ("plain", 0, 1)))
_FAMILY = Section("family", (("family", 1, 2),))
_EXAM = Section("exam", (("present", 1, 2), ("absent", 1, 2)))
_TESTS = Section("tests", (("test", 2, 3),))
_DRUGS = Section("drugs", (("drug_line", 2, 4),), lines=True)
_COURSE = Section("course", (("treatment", 1, 2), ("drug", 1, 3), ("plain", 0, 1)))
_ASSESSMENT = Section("assessment", (("possible", 1, 2), ("present", 0, 1)))
_ADVICE = Section("advice", (("drug", 1, 2), ("hypothetical", 1, 2), ("treatment", 0, 1)))

LAYOUTS: Final[dict[str, tuple[Section, ...]]] = {
    "discharge summary": (_STORY, _PAST, _COURSE, _DRUGS, _TESTS, _ADVICE),
    "progress note": (_STORY, _EXAM, _TESTS, _DRUGS, _ADVICE),
    "consultation": (_STORY, _PAST, _FAMILY, _TESTS, _ASSESSMENT, _ADVICE),
    "emergency note": (_STORY, _EXAM, _TESTS, _COURSE, _ASSESSMENT, _ADVICE),
    "referral letter": (_STORY, _PAST, _FAMILY, _DRUGS, _ASSESSMENT),
}
KINDS: Final = tuple(LAYOUTS)
SETTINGS: Final = {
    "discharge summary": "inpatient",
    "progress note": "inpatient",
    "consultation": "inpatient",
    "emergency note": "emergency",
    "referral letter": "outpatient",
}
"""Where the patient of a note of each kind is cared for."""
