from projects.comparison import Kind, compare


def span(start: int, end: int, label: str = "DRUG", **more) -> dict:
    value = {"start": start, "end": end, "labels": [label]}
    return {"id": f"{label}{start}", "from_name": "label", "type": "labels", "value": value} | more


def choice(*names, control: str = "kind", **place) -> dict:
    return {"id": "c", "from_name": control, "type": "choices", "value": {"choices": list(names), **place}}


def relation(first: str, second: str, *labels: str, direction: str = "right") -> dict:
    return {"type": "relation", "from_id": first, "to_id": second, "labels": list(labels), "direction": direction}


def told(left: list, right: list) -> list[tuple]:
    """(kind, place on the left, place on the right) of every difference."""
    return [
        (str(pair.kind), pair.left and pair.left.place, pair.right and pair.right.place)
        for pair in compare(left, right).differences
    ]


def test_each_kind_of_difference_is_told_once_in_the_order_of_the_text():
    left = [span(40, 50), span(0, 7), span(10, 15), span(20, 30, "DOSAGE")]
    right = [span(60, 65), span(0, 7), span(12, 18), span(20, 30, "DRUG")]
    assert told(left, right) == [
        ("same", 1, 1),
        ("boundary", 2, 2),
        ("label", 3, 3),
        ("left", 0, None),
        ("right", None, 0),
    ]


def test_touching_regions_do_not_overlap_and_other_names_are_no_boundary():
    assert told([span(0, 5)], [span(5, 9)]) == [("left", 0, None), ("right", None, 0)]
    assert told([span(0, 5)], [span(0, 9, "DOSAGE")]) == [("right", None, 0), ("left", 0, None)]


def test_a_region_is_paired_once_and_with_what_it_shares_most_text_with():
    left = [span(0, 100), span(10, 20)]
    assert told(left, [span(12, 20)]) == [("left", 0, None), ("boundary", 1, 0)]
    assert told([span(0, 5), span(0, 5)], [span(0, 5)]) == [("same", 0, 0), ("left", 1, None)]
    assert told([span(10, 20)], [span(0, 12), span(18, 40), span(11, 19)]) == [
        ("right", None, 0),
        ("boundary", 0, 2),
        ("right", None, 1),
    ]


def test_a_status_is_compared_with_statuses_and_the_same_name_of_another_control_is_another():
    left = [span(0, 5, "PROBLEM"), span(0, 5, "absent", parentID="PROBLEM0")]
    right = [span(0, 5, "PROBLEM"), span(0, 5, "present", parentID="PROBLEM0")]
    assert told(left, right) == [("same", 0, 0), ("label", 1, 1)]
    assert told(left[1:], right[:1]) == [("left", 0, None), ("right", None, 0)]
    assert told([span(0, 5)], [span(0, 5, from_name="other")]) == [("left", 0, None), ("right", None, 0)]


def test_choices_are_the_same_in_any_order_and_differ_by_control_and_by_region():
    assert told([choice("a", ["b", "c"])], [choice(["b", "c"], "a")]) == [("same", 0, 0)]
    assert told([choice("a")], [choice("b")]) == [("label", 0, 0)]
    assert told([choice("a")], [choice("a", control="other")]) == [("left", 0, None), ("right", None, 0)]
    assert told([choice("a", start=0, end=3)], [choice("a")]) == [("left", 0, None), ("right", None, 0)]


def test_relations_differ_where_a_copy_of_their_region_was_moved_though_its_id_is_the_same():
    left = [span(0, 5, "DRUG", id="a"), span(10, 15, id="b"), relation("a", "b")]
    right = [span(40, 50, "DRUG", id="a"), span(10, 15, id="b"), relation("a", "b")]
    assert [kind for kind, *_ in told(left, right)][-2:] == ["left", "right"]


def test_relations_are_the_same_where_their_ends_are_paired_whatever_their_ids():
    left = [span(0, 5, id="a"), span(10, 15, id="b"), relation("a", "b", "has")]
    right = [span(0, 5, id="x"), span(11, 15, id="y"), relation("x", "y", "has")]
    assert told(left, right)[2:] == [("same", 2, 2)]
    assert told(left, [*right[:2], relation("y", "x", "has", direction="left")])[2:] == [("same", 2, 2)]
    assert told(left, [*right[:2], relation("x", "y", "is")])[2:] == [("label", 2, 2)]
    assert told(left, [*right[:2], relation("y", "x", "has")])[2:] == [("left", 2, None), ("right", None, 2)]
    both = relation("a", "b", direction="bi")
    assert told([*left[:2], both], [*right[:2], relation("y", "x", direction="bi")])[2:] == [("same", 2, 2)]


def test_the_figures_are_those_of_the_counts_and_the_sides_may_change_places():
    left, right = [span(0, 5), span(10, 15), span(20, 25)], [span(0, 5), span(11, 15)]
    compared, turned = compare(left, right), compare(right, left)
    assert compared.counts == {
        Kind.ONLY_LEFT: 1, Kind.ONLY_RIGHT: 0, Kind.BOUNDARY: 1, Kind.LABEL: 0, Kind.SAME: 1,
    }  # fmt: skip
    assert (compared.agreement, compared.f1) == (turned.agreement, turned.f1) == (1 / 3, 0.4)
    assert (compare([], []).agreement, compare([], []).f1) == (None, None)


def test_what_is_malformed_is_left_out():
    odd = [None, 7, {}, {"type": "labels", "value": "x"}, {"type": "labels", "value": {"start": 3, "end": 1}}]
    assert told(odd, [*odd, span(0, 5, "DRUG")]) == [("right", None, 5)]


def test_thousands_of_regions_inside_each_other_are_compared_in_bounded_steps(monkeypatch):
    calls = []
    monkeypatch.setattr("projects.comparison._shared", lambda left, right: calls.append(1) or 1.0)
    compare([span(at, 9_000 - at) for at in range(500)], [span(at, 8_999 - at) for at in range(500)])
    assert len(calls) <= 500 * 40
