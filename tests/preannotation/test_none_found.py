"""What is left out is counted, and a task without regions says why."""

import math

import pytest

from preannotation.contract import Chunk, DocumentClass, Findings, Status
from preannotation.mapping import Mapper, source_key
from preannotation.none_found import why_none
from preannotation.remarks import refused_finding, sentences
from projects.labeling_config import parse

TEXT = "fever and aspirin"
VERSIONS = {"ner_problem": 1, "status": 1, "kind": 1}
XML = """<View>
<Labels name="label" toName="text">
  <Label value="PROBLEM" model="ner_problem"/><Label value="absent" assertion="true" model="status"/>
</Labels>
<Choices name="kind" toName="text" model="kind"><Choice value="progress"/></Choices>
<Text name="text" value="$text"/>
</View>"""
CONFIG = parse(XML).config
FEVER = Chunk(0, 5, "fever", "PROBLEM", 0.6, "ner_problem", Status("absent", 0.4, "status"))
OTHER = Chunk(10, 17, "aspirin", "DRUG", 0.9, "ner_problem")


def mapped(findings: Findings, **thresholds: float):
    return Mapper(CONFIG, VERSIONS, source_key(CONFIG, VERSIONS, thresholds), thresholds).regions(findings, TEXT)


def test_a_threshold_is_another_source_and_none_is_the_same():
    plain = source_key(CONFIG, VERSIONS)
    assert source_key(CONFIG, VERSIONS, {"kind": 0.0}) == plain
    assert source_key(CONFIG, VERSIONS, {"not deployed": 0.5}) == plain
    assert len({plain, source_key(CONFIG, VERSIONS, {"kind": 0.5}), source_key(CONFIG, VERSIONS, {"kind": 0.6})}) == 3


def test_each_model_has_its_own_threshold_and_what_is_left_out_is_counted():
    findings = Findings((FEVER, OTHER), (DocumentClass("progress", 0.5, "kind"), DocumentClass("x", 0.9, "kind")))
    every = mapped(findings)
    assert (len(every.regions), every.under_threshold, every.unmapped) == (3, 0, 2)
    some = mapped(findings, status=0.5, kind=0.51)
    assert ([region["value"]["labels"] for region in some.regions], some.under_threshold) == ([["PROBLEM"]], 2)
    assert mapped(findings, ner_problem=0.6).under_threshold == 0


@pytest.mark.parametrize(
    ("chunk", "why"),
    [
        (Chunk(10, 99, "aspirin", "PROBLEM", 0.9, "ner_problem"), "offsets outside the text"),
        (Chunk(-1, 5, "fever", "PROBLEM", 0.9, "ner_problem"), "offsets outside the text"),
        (Chunk(1, 6, "fever", "PROBLEM", 0.9, "ner_problem"), "the text is not what stands at the offsets"),
        (Chunk(0, 5, "fever", "PROBLEM", math.nan, "ner_problem"), "the confidence is no number from 0 to 1"),
        (Chunk(0, 5, "fever", "PROBLEM", 7.0, "ner_problem"), "the confidence is no number from 0 to 1"),
    ],
)
def test_nonsense_is_refused_by_its_kind(chunk, why):
    answer = mapped(Findings((chunk, FEVER), (DocumentClass("progress", 0.5, "kind"),)))
    assert (answer.refused, len(answer.regions)) == ((why,), 3)


def test_a_class_and_a_status_of_no_confidence_are_refused():
    status = Chunk(0, 5, "fever", "PROBLEM", 0.6, "ner_problem", Status("absent", math.inf, "status"))
    answer = mapped(Findings((status,), (DocumentClass("progress", -0.1, "kind"),), misplaced=2))
    assert ([region["value"]["labels"] for region in answer.regions], len(answer.refused)) == ([["PROBLEM"]], 4)


def test_the_reason_says_what_became_of_the_findings():
    assert why_none(" \n", mapped(Findings())) == "The text is empty."
    assert why_none(TEXT, mapped(Findings())) == "The models found nothing in this text."
    assert why_none(TEXT, mapped(Findings((OTHER,)))) == (
        "The only finding was with labels that the config doesn't ask."
    )
    assert why_none(TEXT, mapped(Findings((FEVER, FEVER)), ner_problem=0.9)) == (
        "All 2 findings were under the threshold."
    )
    assert why_none(TEXT, mapped(Findings((FEVER, OTHER), misplaced=1), ner_problem=0.9)) == (
        "All 3 findings were left out: 1 under the threshold, 1 with labels that the config doesn't ask, "
        "1 refused: the engine's offsets don't fit its own text."
    )


def test_remarks_are_sentences_and_numbers_do_not_split_them():
    assert refused_finding("end 12 is beyond 3,400.") == refused_finding("end 9 is beyond 7.")
    assert sentences({refused_finding("offsets outside the text"): 1037, "It hung.": 2, "It died.": 1}) == [
        "1,037 findings were refused: offsets outside the text.",
        "2 times: It hung.",
        "It died.",
    ]
