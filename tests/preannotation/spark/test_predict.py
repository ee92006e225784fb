from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import pytest

from preannotation.contract import Findings
from preannotation.spark.pipelines import load
from preannotation.spark.predict import bare, predict, predict_one
from tests.preannotation.spark.hostile import hostile_texts
from tests.preannotation.spark.tiny_models import spec

pytestmark = pytest.mark.spark

TEXT = "The patient takes aspirin for fever. 😀 No cough was found.\r\nStop insulin tomorrow."
LIMIT_SECONDS = 60


def sliced(text, findings):
    return [(text[chunk.start : chunk.end], chunk.label, chunk.model) for chunk in findings.chunks]


def test_every_model_finds_its_own(pipeline):
    findings = predict_one(pipeline, TEXT)
    assert sliced(TEXT, findings) == [
        ("aspirin", "DRUG", "tiny_drugs"),
        ("fever", "PROBLEM", "tiny_problems"),
        ("cough", "PROBLEM", "tiny_problems"),
        ("insulin", "DRUG", "tiny_drugs"),
    ]
    assert [chunk.text for chunk in findings.chunks] == ["aspirin", "fever", "cough", "insulin"]
    assert {found.model for found in findings.classes} == {"tiny_kind", "tiny_topics"}


def test_chunks_carry_the_status_that_their_own_sentence_gives(pipeline):
    statuses = {
        chunk.text: chunk.status and (chunk.status.label, chunk.status.model)
        for chunk in predict_one(pipeline, TEXT).chunks
    }
    assert statuses == {
        "aspirin": None,
        "fever": ("present", "tiny_status"),
        "cough": ("absent", "tiny_status"),
        "insulin": None,
    }


def test_without_an_assertion_model_there_is_no_status(tiny_models):
    findings = predict_one(load((spec(tiny_models, "tiny_problems"),)), TEXT)
    assert [chunk.status for chunk in findings.chunks] == [None, None]


def test_confidences_are_shares(pipeline):
    findings = predict(pipeline, hostile_texts(50))
    shares = [found.confidence for each in findings for found in (*each.chunks, *each.classes)]
    shares += [chunk.status.confidence for each in findings for chunk in each.chunks if chunk.status]
    assert [share for share in shares if not 0 <= share <= 1] == []
    assert len(shares) > 100


def test_a_single_choice_has_one_class_and_a_multiple_one_all_above_the_threshold(pipeline):
    classes = predict_one(pipeline, TEXT).classes
    assert len([found for found in classes if found.model == "tiny_kind"]) == 1
    threshold = next(source.threshold for source in pipeline.classes if source.name == "tiny_topics")
    assert (
        threshold,
        [found for found in classes if found.model == "tiny_topics" and found.confidence < threshold],
    ) == (
        0.5,
        [],
    )


def test_a_text_alone_and_in_a_batch_has_equal_findings(pipeline):
    texts = [*hostile_texts(60), TEXT, TEXT]
    assert predict(pipeline, texts) == [predict_one(pipeline, text) for text in texts]


def test_the_order_of_a_batch_changes_nothing(pipeline):
    texts = hostile_texts(40)
    assert predict(pipeline, texts[::-1]) == predict(pipeline, texts)[::-1]


def test_two_threads_get_their_own_findings(pipeline):
    halves = [hostile_texts(30), hostile_texts(30, seed=8)]
    with ThreadPoolExecutor(2) as threads:
        at_once = list(threads.map(lambda texts: predict(pipeline, texts), halves))
    assert at_once == [predict(pipeline, texts) for texts in halves]


def test_every_chunk_slices_its_text_on_hostile_texts(pipeline):
    texts = hostile_texts(400)
    found = list(zip(texts, predict(pipeline, texts), strict=True))
    chunks = [(text[chunk.start : chunk.end], chunk.text) for text, findings in found for chunk in findings.chunks]
    assert [pair for pair in chunks if pair[0] != pair[1]] == []
    assert len(chunks) > 100
    assert [findings.failure for _, findings in found if findings.failure] == []


@pytest.mark.parametrize("text", ["", " ", "\n\t\r\n", "\u00a0\u2028", "\x00"])
def test_a_blank_text_has_no_findings_and_no_failure(pipeline, text):
    assert predict_one(pipeline, text) == Findings()


def test_a_batch_of_nothing_is_nothing(pipeline):
    assert predict(pipeline, []) == []


@pytest.mark.parametrize("unit", ["a", "ab1-./", "word\u00a0", "The patient takes aspirin for fever. ", "x😀"])
def test_two_hundred_thousand_characters_end_in_time(pipeline, unit):
    text = (unit * (200_000 // len(unit) + 1))[:200_000]
    began = monotonic()
    findings = predict_one(pipeline, text)
    assert (monotonic() - began < LIMIT_SECONDS, findings.failure) == (True, None)
    # Where the embeddings know no word, a classifier has nothing to judge by.
    assert len(findings.classes) > 0 or "patient" not in unit


def test_offsets_of_a_long_text_are_those_of_the_whole_text(pipeline):
    text = "".join(f"😀 {number}. The patient takes aspirin for fever.\r\n" for number in range(400))
    findings = predict_one(pipeline, text)
    assert [chunk for chunk in findings.chunks if text[chunk.start : chunk.end] != chunk.text] == []
    assert findings.chunks[-1].end > len(text) - 20
    assert len(findings.chunks) > 400
    assert [chunk.start for chunk in findings.chunks] == sorted(chunk.start for chunk in findings.chunks)


def test_the_bare_pipeline_finds_as_many_chunks(pipeline):
    texts = [TEXT, "", *hostile_texts(50, seed=9)]
    distinct = list(dict.fromkeys(texts))
    assert bare(pipeline, distinct) == sum(len(findings.chunks) for findings in predict(pipeline, distinct))


def test_between_two_calls_of_the_engine_the_caller_is_asked_and_may_end_it(pipeline):
    class Cancelled(Exception):
        pass

    def cancel():
        raise Cancelled

    text = "".join(f"{number}. She has fever. " for number in range(4000))
    with pytest.raises(Cancelled):
        predict_one_with(pipeline, text, cancel)
    assert predict_one_with(pipeline, TEXT, cancel) == predict_one(pipeline, TEXT)


def predict_one_with(pipeline, text, between):
    return predict(pipeline, [text], between)[0]


def test_a_text_of_which_the_embeddings_know_no_word_gets_no_class(pipeline):
    unknown, known = predict(pipeline, ["Zzyqq vvxkw", TEXT])
    assert (unknown.classes, unknown.failure) == ((), None)
    assert {found.model for found in known.classes} >= {"tiny_kind"}
