"""Where the models of one prediction disagree. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from projects.results import Region

Said = tuple[int, int, str, str, str]
"""start, end (code points, half-open), model, label, region id."""


def conflict_count(result: Sequence[Region]) -> int:
    """How many stretches of the text hold regions of two models that overlap and have different labels. A status says
    something about the region that it hangs on or shares its id with, so it disagrees with none."""
    places = 0
    reached = -1
    is_counted = False
    active: list[Said] = []
    for said in sorted(_said(result)):
        start, end, model, label, region_id = said
        if start >= reached:
            active, is_counted = [], False
        active = [other for other in active if other[1] > start]
        if not is_counted and any(
            other[2] != model and other[3] != label and other[4] != region_id for other in active
        ):
            is_counted = True
            places += 1
        active.append(said)
        reached = max(reached, end)
    return places


def _said(result: Sequence[Region]) -> Iterator[Said]:
    for region in result:
        value = region.get("value")
        if region.get("type") != "labels" or region.get("parentID") or not isinstance(value, dict):
            continue
        start, end, labels = value.get("start"), value.get("end"), value.get("labels") or [""]
        if isinstance(start, int) and isinstance(end, int):
            yield start, end, str(region.get("model", "")), str(labels[0]), str(region.get("id"))
