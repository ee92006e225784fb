"""The sentence that each sample model is shown with in the registry (pure data); none is in a training note."""

from typing import Final

_NOTE: Final = (
    "The patient was discharged home in good condition after five days on the ward. Follow-up with the family doctor "
    "in two weeks."
)

EXAMPLES: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "ner_posology": ("Continue amoxicillin 500 mg capsules by mouth three times a day for seven days.", ()),
    "ner_clinical": ("The chest x-ray showed pneumonia, and she was started on oxygen for shortness of breath.", ()),
    "ner_demographics": ("A 54-year-old woman who works as a teacher came in with her husband.", ()),
    "classification_note_kind": (_NOTE, ()),
    "classification_care_setting": (_NOTE, ()),
    "assertion_problem": ("He has a fever and a cough but denies chest pain.", ("fever", "cough", "chest pain")),
    "ner_medication_128": ("She takes lisinopril 10 mg every morning and warfarin 5 mg at night.", ()),
}
"""Model -> (text, words in it whose assertion status is asked)."""
