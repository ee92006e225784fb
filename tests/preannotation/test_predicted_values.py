"""Which names mean the same and are only written differently."""

import pytest

from preannotation.predicted_values import MOST_COMPARED, Names, Near


@pytest.mark.parametrize(
    ("label", "name", "case_only"),
    [
        ("Drug", "DRUG", True),
        ("DRUG", "DRUG", True),
        ("Drugs", "DRUG", False),
        ("dosages", "DOSAGE", False),
        ("Drug-Form", "DRUG_FORM", False),
        ("drugform", "DRUG_FORM", False),
        ("ALLERGIES", "Allergy", False),
        ("DISEASE_DISORDER", "Disease Disordr", False),
        ("Type 1", "TYPE1", False),
    ],
)
def test_other_spellings_are_found(label, name, case_only):
    names = Names(["X", "DRUG", "DOSAGE", "DRUG_FORM", "Allergy", "Disease Disordr", "TYPE1"])
    assert names.near(label) == Near(name, case_only)


@pytest.mark.parametrize("label", ["STRENGTH", "Type 2", "D", "", "Drug, oral", " DRUG"])
def test_other_names_are_not(label):
    assert Names(["DRUG", "Drug, oral", "TYPE1", "DOSE"]).near(label) is None


def test_the_nearest_of_several_is_taken():
    assert Names(["Treatmen", "Treatmentt", "TREATMENTS"]).near("treatment") == Near("TREATMENTS", case_only=False)


def test_comparing_has_an_end():
    names = Names(f"ABCDEF{chr(97 + one)}{chr(97 + other)}QWERTY" for one in range(26) for other in range(26))
    for number in range(40):
        names.near(f"zxcvbnm{'q' * number}")
    assert names._left == 0 or names._left < MOST_COMPARED - 40 * 26 * 26 + 1
    assert names.near("abcdefaaqwertys") == Near("ABCDEFaaQWERTY", case_only=False)
