"""Pages of what waits for a person are the same, however few of each kind are looked at first."""

from __future__ import annotations

from random import Random

import pytest
from django.utils import timezone

from projects import status, waiting, waiting_order
from projects.models import Assignment, Completion, Task
from projects.task_order import Place
from projects.waiting_order import WaitingOrder
from tests.projects.rows import make_tasks


@pytest.fixture
def waits_here(project, annotator, reviewer) -> list[int]:
    """Sixty tasks, of which some wait for the annotator for one reason or another; their ids."""
    chance = Random(3)
    tasks = make_tasks(project, *(f"text {number}" for number in range(60)))
    for task in tasks:
        kind = chance.choice(["rejected", "draft", "assigned", "reviewed", "done", "nothing"])
        if kind != "nothing":
            Assignment.objects.create(task=task, user=annotator, role="annotator")
        if kind not in ("assigned", "nothing"):
            review = {"rejected": "rejected", "reviewed": "accepted"}.get(kind, "")
            submitted = None if kind == "draft" else timezone.now()
            Completion.objects.create(
                task=task, user=annotator, username="anna", submitted_at=submitted, review=review,
                reviewed_by=reviewer if review else None,
            )  # fmt: skip
    status.refresh([task.pk for task in tasks])
    everything = Task.objects.in_project(project)
    return list(waiting.for_person(everything, annotator.pk).order_by("pk").values_list("pk", flat=True))


@pytest.mark.parametrize("few", [1, 2, 5, 200])
@pytest.mark.parametrize("descending", [False, True])
def test_page_for_page_all_that_waits_is_found_forwards_and_back(
    project, annotator, waits_here, monkeypatch, few, descending
):
    monkeypatch.setattr(waiting_order, "FEW", few)
    tasks = Task.objects.in_project(project).within_bounds()
    order = WaitingOrder("id", descending, user_pk=annotator.pk, bounds=tasks.bounds)
    expected = waits_here[::-1] if descending else waits_here
    for back, all_of_them in ((False, expected), (True, expected[::-1])):
        found: list[int] = []
        while some := order.ids(tasks, 7, Place(found[-1]) if found else None, back=back):
            found += some
        assert found == all_of_them
    assert 20 < len(waits_here) < 50
