from __future__ import annotations

import io
import time

import pytest

from projects.exchange import CONLL, Wanted, conll, import_file, write_checked
from projects.exchange.errors import ExportMismatch, FileRefused
from projects.models import Completion, Task
from tests.projects.rows import make_tasks, predict, span

FILE = """-DOCSTART- -X- -17- O

Given -X- _ O
aspirin -X- _ B-DRUG
100 -X- _ B-DOSAGE
mg -X- _ I-DOSAGE
. -X- _ O

No -X- _ O
ibuprofen -X- _ B-DRUG

-DOCSTART- -X- -X- O

Nothing -X- _ O

"""


def imported(project, owner, content: str, name: str = "notes.conll"):
    return import_file(project, io.BytesIO(content.encode()), name, owner)


def test_a_document_is_a_task_and_its_entities_a_submitted_completion(project, owner):
    report = imported(project, owner, FILE)
    first, second = Task.objects.order_by("pk")
    done = first.completions.get()
    found = [(region["value"]["text"], region["value"]["labels"]) for region in done.result]
    assert (report.imported, first.text, first.external_id) == (2, "Given aspirin 100 mg .\nNo ibuprofen", "17")
    assert found == [("aspirin", ["DRUG"]), ("100 mg", ["DOSAGE"]), ("ibuprofen", ["DRUG"])]
    assert (done.username, done.submitted_at is not None) == ("olga", True)
    assert (second.text, second.completions.count()) == ("Nothing", 0)


def test_without_documents_each_sentence_is_a_task(project, owner):
    imported(project, owner, "One O\nword O\n\nTwo O\n")
    assert list(Task.objects.order_by("pk").values_list("text", flat=True)) == ["One word", "Two"]


def test_labels_that_the_config_lacks_are_left_out_with_their_reason(project, owner):
    report = imported(project, owner, "fever B-PROBLEM\n")
    assert (report.imported, report.regions_refused) == (1, 1)
    assert "PROBLEM" in report.problems[0]["reason"]


def test_a_line_that_is_no_token_refuses_the_file(project, owner):
    with pytest.raises(FileRefused, match="Line 2 is not a token with its tag"):
        imported(project, owner, "One O\nword X-\n")
    assert Task.objects.count() == 0


def exported(project, **wanted) -> tuple[str, int]:
    file = io.BytesIO()
    written = write_checked(file, Task.objects.filter(project=project), Wanted(CONLL, **wanted), lambda count: None)
    return file.read().decode(), written.left_out


def test_of_overlapping_regions_the_longest_is_kept_and_the_others_are_counted(project, owner):
    text = "aspirin 100 mg"
    task = make_tasks(project, text)[0]
    result = [span(text, 0, 14), span(text, 0, 7) | {"id": "b"}, span(text, 8, 11) | {"id": "c"}]
    Completion.objects.create(task=task, user=owner, username="olga", result=result)
    content, left_out = exported(project)
    assert left_out == 2
    assert content == (f"-DOCSTART- -X- -{task.pk}- O\n\naspirin -X- _ B-DRUG\n100 -X- _ I-DRUG\nmg -X- _ I-DRUG\n\n")


def lines_with(project, owner, text: str, *places: tuple[int, int]) -> tuple[list[str], int]:
    """The lines of the export below its head, without their middle columns, and how many regions were left out."""
    result = [span(text, start, end) for start, end in places]
    Completion.objects.create(task=make_tasks(project, text)[0], user=owner, username="olga", result=result)
    content, left_out = exported(project)
    return content.replace("-X- _ ", "").splitlines()[2:], left_out


@pytest.mark.parametrize("border", ["\n", "\r\n", "\n\n", "\r", "\x1c", "\x85", "\u2028"])
def test_no_sentence_ends_inside_a_region(project, owner, border):
    text = f"Has pain in{border}the chest.{border}Slept."
    start, end = text.index("pain"), text.index(".")
    lines = ["Has O", "pain B-DRUG", "in I-DRUG", "the I-DRUG", "chest I-DRUG", ". O", "", "Slept O", ". O", ""]
    assert lines_with(project, owner, text, (start, end)) == (lines, 0)


def test_blanks_at_the_ends_of_a_region_have_no_tag(project, owner):
    places = (0, 7), (7, 17), (17, 20)
    lines = ["aspirin B-DRUG", "ibuprofen B-DRUG", "", "mg B-DRUG", ""]
    assert lines_with(project, owner, "aspirin ibuprofen\nmg", *places) == (lines, 0)


def test_a_region_of_blanks_is_left_out_and_counted_and_overlaps_nothing(project, owner):
    assert lines_with(project, owner, "a \n b", (0, 3), (1, 4), (2, 5)) == (["a B-DRUG", "", "b B-DRUG", ""], 1)


def test_an_id_of_several_words_stays_in_its_column(project):
    make_tasks(project, "one", external_id="ward 3\nB- O")
    assert exported(project)[0] == "-DOCSTART- -X- -ward_3_B-_O- O\n\none -X- _ O\n\n"


def test_a_text_that_is_too_long_to_come_back_goes_out(project, monkeypatch):
    make_tasks(project, "a.b")
    monkeypatch.setattr(conll, "MAX_TEXT_CHARACTERS", 3)
    assert exported(project) == (
        f"-DOCSTART- -X- -{Task.objects.get().pk}- O\n\na -X- _ O\n. -X- _ O\nb -X- _ O\n\n",
        0,
    )


@pytest.mark.parametrize("wrong", ["O", "I-DRUG", "B-DOSAGE"])
def test_a_region_that_reads_back_otherwise_stops_the_export(project, owner, monkeypatch, wrong):
    write = conll.write
    monkeypatch.setattr(
        conll, "write", lambda *given: write(*given).replace("ibuprofen -X- _ B-DRUG", f"ibuprofen -X- _ {wrong}")
    )
    with pytest.raises(ExportMismatch, match="reads back from the export with other regions"):
        lines_with(project, owner, "aspirin ibuprofen", (0, 7), (8, 17))


def test_a_long_text_takes_time_in_proportion(project, owner):
    """Every border used to be looked at for every token: minutes for a text as long as these hundred thousand words."""
    text = "aspirin, " * 100_000
    spans = [(start, start + 7, "DRUG") for start in range(0, len(text), 9)]
    began = time.perf_counter()
    kept = conll.tagged(text, spans)
    assert conll.write(1, text, kept).count("B-DRUG") == len(kept) == 100_000
    assert time.perf_counter() - began < 20


def test_a_border_inside_a_word_cuts_it(project, owner):
    text = "xaspiriny"
    Completion.objects.create(task=make_tasks(project, text)[0], user=owner, username="olga", result=[span(text, 1, 8)])
    assert exported(project)[0].splitlines()[2:5] == ["x -X- _ O", "aspirin -X- _ B-DRUG", "y -X- _ O"]


def test_predictions_stand_in_where_nobody_has_worked(project):
    text = "Given aspirin."
    predict(make_tasks(project, text)[0], [span(text, 6, 13)])
    assert "aspirin -X- _ B-DRUG" in exported(project)[0]
    assert "aspirin -X- _ O" in exported(project, predictions=False)[0]


def test_an_export_of_predictions_alone_holds_nobodys_work(project, owner):
    text = "Given aspirin."
    task = make_tasks(project, text)[0]
    predict(task, [span(text, 6, 13)])
    Completion.objects.create(task=task, user=owner, username="olga", result=[span(text, 0, 5)])
    whole, of_models, of_nobody = (
        [line.replace("-X- _ ", "") for line in exported(project, **wanted)[0].splitlines()[2:4]]
        for wanted in ({}, {"completions": False}, {"completions": False, "predictions": False})
    )
    assert whole == ["Given B-DRUG", "aspirin O"]
    assert of_models == ["Given O", "aspirin B-DRUG"]
    assert of_nobody == ["Given O", "aspirin O"]


def test_a_round_trip_keeps_every_region(project, owner):
    imported(project, owner, FILE)
    content, left_out = exported(project)
    assert (left_out, content.replace("-X- _ ", "").count("B-DRUG")) == (0, 2)
    spans = [(0, 7, "DRUG"), (8, 14, "DOSAGE")]
    assert conll.words("aspirin 100 mg", spans) == [(("aspirin",), "DRUG"), (("100", "mg"), "DOSAGE")]
