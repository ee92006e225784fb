"""What is wrong in a model's findings, and in which way."""

from preannotation.evaluating.errors import Error, Judged, Said, compared, counts, errors_of, pairs_of, report, within


def judged(wanted, said, task=1):
    return Judged(task, tuple(wanted), tuple(Said(*finding, 0.5) for finding in said))


def kinds(wanted, said):
    return [(error.kind, error.wanted, error.said) for error in errors_of(judged(wanted, said))]


def test_what_is_the_same_in_place_and_label_is_no_error():
    assert kinds([(0, 4, "DRUG")], [(0, 4, "DRUG")]) == []


def test_each_error_is_of_one_kind():
    wanted = [(0, 4, "DRUG"), (10, 20, "DRUG"), (30, 35, "DRUG"), (40, 50, "DRUG")]
    said = [(12, 20, "DRUG"), (30, 35, "DOSE"), (41, 50, "DOSE"), (60, 64, "DRUG")]
    assert kinds(wanted, said) == [
        ("missed", (0, 4, "DRUG"), None),
        ("boundary", (10, 20, "DRUG"), (12, 20, "DRUG")),
        ("label", (30, 35, "DRUG"), (30, 35, "DOSE")),
        ("label", (40, 50, "DRUG"), (41, 50, "DOSE")),
        ("spurious", None, (60, 64, "DRUG")),
    ]


def test_a_region_is_in_one_error_only_and_goes_to_what_overlaps_most():
    assert kinds([(0, 10, "DRUG")], [(0, 2, "DRUG"), (3, 10, "DRUG")]) == [
        ("spurious", None, (0, 2, "DRUG")),
        ("boundary", (0, 10, "DRUG"), (3, 10, "DRUG")),
    ]


def test_a_finding_that_touches_a_region_does_not_overlap_it():
    assert kinds([(0, 4, "DRUG")], [(4, 8, "DRUG")]) == [
        ("missed", (0, 4, "DRUG"), None),
        ("spurious", None, (4, 8, "DRUG")),
    ]


def test_a_wrong_class_of_a_text_is_a_label_error_and_a_class_too_many_spurious():
    assert kinds([(0, 0, "order")], [(0, 0, "visit")]) == [("label", (0, 0, "order"), (0, 0, "visit"))]
    assert kinds([(0, 0, "order")], [(0, 0, "order"), (0, 0, "visit")]) == [("spurious", None, (0, 0, "visit"))]


def test_figures_of_spans_are_strict():
    figures = report("ner", [judged([(0, 4, "DRUG"), (8, 9, "DRUG")], [(0, 4, "DRUG"), (8, 10, "DRUG")])], "here")
    assert (figures["f1"], figures["labels"]["DRUG"]["support"], figures["data"]) == (0.5, 2, "here")


def test_figures_of_classes_count_whole_sets_and_those_of_statuses_count_chunks():
    texts = [judged([(0, 0, "a"), (0, 0, "b")], [(0, 0, "a")]), judged([(0, 0, "b")], [(0, 0, "b")])]
    assert report("classification", texts, "")["accuracy"] == 0.5
    chunks = [judged([(0, 4, "absent"), (8, 9, "present"), (10, 12, "absent")], [(0, 4, "absent"), (8, 9, "absent")])]
    figures = report("assertion", chunks, "")
    assert (figures["kind"], figures["accuracy"], figures["labels"]["none"]["support"]) == ("statuses", 0.3333, 0)


def test_errors_survive_being_stored_and_are_counted_by_kind_and_label():
    found = errors_of(judged([(0, 4, "DRUG"), (6, 8, "DOSE")], [(20, 24, "DRUG")]))
    assert [Error.of(error.row()) for error in found] == found
    assert counts(found) == {
        "missed": {"DRUG": 1, "DOSE": 1},
        "spurious": {"DRUG": 1},
        "boundary": {},
        "label": {},
    }


def test_a_finding_is_right_or_wrong_once_with_its_highest_confidence():
    one = Judged(1, ((0, 4, "DRUG"),), (Said(0, 4, "DRUG", 0.5), Said(0, 4, "DRUG", 0.9), Said(5, 6, "DOSE", 0.2)))
    assert list(pairs_of([one])) == [("DRUG", 0.9, True), ("DOSE", 0.2, False)]


def test_two_models_differ_where_only_one_of_them_is_wrong():
    wanted = [(0, 4, "DRUG"), (10, 14, "DRUG"), (20, 24, "DRUG")]
    old = errors_of(judged(wanted, [(0, 4, "DRUG"), (10, 13, "DRUG"), (30, 34, "DRUG")]))
    new = errors_of(judged(wanted, [(10, 14, "DRUG"), (40, 44, "DRUG")]))
    changes = [(change.is_gain, change.error.kind, change.error.place) for change in compared(old, new)]
    assert changes == [
        (False, "missed", (0, 4)),
        (True, "boundary", (10, 14)),
        (True, "spurious", (30, 34)),
        (False, "spurious", (40, 44)),
    ]


def test_of_errors_within_some_labels_only_what_has_one_of_them_is_left():
    errors = errors_of(
        judged(
            [(0, 4, "DRUG"), (10, 14, "FORM"), (20, 24, "DRUG"), (30, 34, "FORM")],
            [(0, 3, "DRUG"), (10, 14, "DRUG"), (20, 24, "FORM")],
        )
    )
    assert [(error.kind, error.wanted, error.said) for error in within(errors, ["DRUG"])] == [
        ("boundary", (0, 4, "DRUG"), (0, 3, "DRUG")),
        ("spurious", None, (10, 14, "DRUG")),
        ("missed", (20, 24, "DRUG"), None),
    ]
