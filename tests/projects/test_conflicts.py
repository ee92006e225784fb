import pytest

from projects.conflicts import conflict_count


def said(start: int, end: int, label: str, model: str, **more: object) -> dict:
    value = {"start": start, "end": end, "labels": [label]}
    given = {"id": f"{model}-{start}", "type": "labels", "from_name": "label", "value": value, "model": model}
    return given | more


@pytest.mark.parametrize(
    ("result", "count"),
    [
        ([], 0),
        ([said(0, 5, "DRUG", "a"), said(0, 5, "TEST", "b")], 1),
        ([said(0, 5, "DRUG", "a"), said(3, 9, "TEST", "b")], 1),
        ([said(0, 5, "DRUG", "a"), said(5, 9, "TEST", "b")], 0),
        ([said(0, 5, "DRUG", "a"), said(0, 5, "DRUG", "b")], 0),
        ([said(0, 5, "DRUG", "a"), said(2, 4, "TEST", "a")], 0),
        ([said(0, 5, "DRUG", "a"), said(0, 5, "absent", "b", parentID="a-0")], 0),
        ([said(0, 5, "DRUG", "a"), said(0, 5, "absent", "b", id="a-0")], 0),
        ([said(0, 9, "DRUG", "a"), said(1, 2, "TEST", "b"), said(4, 6, "TEST", "b")], 1),
        ([said(0, 5, "DRUG", "a"), said(0, 5, "TEST", "b"), said(7, 9, "DRUG", "a"), said(7, 8, "TEST", "b")], 2),
        ([{"type": "choices", "value": {"choices": ["x"]}, "model": "a"}], 0),
    ],
)
def test_places_where_models_disagree_are_counted(result, count):
    assert conflict_count(result) == count
    assert conflict_count(result[::-1]) == count
