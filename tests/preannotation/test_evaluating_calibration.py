"""What a model's confidence is worth."""

from preannotation.evaluating.calibration import Bin, bins, expected_error, suggestion, tally, together


def test_a_tally_cuts_confidence_to_hundredths_and_the_ends_fall_into_bins():
    counted = tally([(0.29, True), (0.2999, False), (1.0, True), (0.0, False)])
    assert counted == {"29": [2, 1, 0.5899], "100": [1, 1, 1.0], "0": [1, 0, 0.0]}
    assert [(one.low, one.high, one.count, one.right) for one in bins(counted)] == [
        (0.0, 0.1, 1, 0.0),
        (0.2, 0.3, 2, 0.5),
        (0.9, 1.0, 1, 1.0),
    ]


def test_the_expected_error_weighs_bins_by_their_findings():
    found = expected_error([Bin(0.8, 0.9, 30, 0.85, 0.75), Bin(0.9, 1.0, 10, 0.95, 0.95)])
    assert found is not None
    assert round(found, 6) == 0.075
    assert expected_error([]) is None


def test_the_lowest_threshold_that_is_right_often_enough_is_suggested_with_its_source():
    counted = tally([(0.95, True)] * 10 + [(0.8, True)] * 8 + [(0.8, False)] * 2 + [(0.5, False)] * 5)
    found = suggestion("DRUG", counted, 0.9, "evaluation 3")
    assert (found.threshold, found.precision, found.kept, found.findings) == (0.8, 0.9, 20, 25)
    assert (found.right_kept, found.right, found.source, found.why_not) == (18, 18, "evaluation 3", "")
    assert suggestion("DRUG", counted, 0.95, "").threshold == 0.95


def test_where_all_findings_are_right_often_enough_the_threshold_is_nought():
    assert suggestion("DRUG", tally([(0.6, True)] * 10), 0.9, "").threshold == 0.0


def test_why_there_is_no_threshold():
    few = suggestion("DRUG", tally([(0.9, True)] * 3), 0.9, "")
    assert (few.threshold, few.why_not) == (None, "3 findings are too few; 10 are needed.")
    bad = suggestion("DRUG", tally([(0.9, False)] * 30), 0.9, "")
    assert (bad.threshold, bad.why_not) == (None, "No threshold reaches 0.90 with 10 findings or more.")


def test_tallies_of_labels_add_up():
    assert together([tally([(0.5, True)]), tally([(0.5, False), (0.6, True)])]) == {
        "50": [2, 1, 1.0],
        "60": [1, 1, 0.6],
    }
