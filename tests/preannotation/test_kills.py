"""kill -9 in the middle of a run, on the whole product: all is back unaided, every task ends with one prediction."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

import psutil
import pytest

from preannotation import processes
from preannotation.queues import SPARK, group_file
from preannotation.run_steps import DIED_TWICE
from tests.stack import Stack

pytestmark = [pytest.mark.slow, pytest.mark.spark]

BACK_SECONDS = 400
RUN_SECONDS = 240
# Three batches: one is stored, one waits for that, one is with the engine when it is killed.
TASKS = 165
STORING_SECONDS = 2
LAST_RUN = "(SELECT max(id) FROM preannotation_preannotationrun)"


def rows(stack: Stack, statement: str) -> list[tuple[Any, ...]]:
    with stack.connect() as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def through(stack: Stack) -> bool:
    states = rows(stack, f"SELECT state FROM preannotation_preannotationrun WHERE id = {LAST_RUN}")
    return bool(states) and states[0][0] not in ("queued", "running")


def answered(stack: Stack) -> int:
    done = "state IN ('found', 'empty', 'unchanged')"
    return int(rows(stack, f"SELECT count(*) FROM preannotation_runtask WHERE run_id = {LAST_RUN} AND {done}")[0][0])


def start_run(stack: Stack) -> int:
    """A run over TASKS of the demo, whose predictions are removed before; how many it has."""
    rows(stack, "DELETE FROM projects_prediction")
    project = rows(stack, "SELECT id FROM projects_project ORDER BY id")[0][0]
    some = f"SELECT id FROM projects_task WHERE project_id = {project} ORDER BY id LIMIT {TASKS}"
    rows(stack, f"UPDATE projects_task SET tags = '{{Some}}' WHERE id IN ({some})")
    stack.manage("preannotate", str(project), "--filter", "tag=Some")
    return int(rows(stack, f"SELECT total FROM preannotation_preannotationrun WHERE id = {LAST_RUN}")[0][0])


def worker(stack: Stack) -> int:
    """The Spark worker that lives: the newest row may be that of one that was killed a moment ago."""
    pids = rows(stack, "SELECT pid FROM preannotation_worker WHERE queue = 'spark' ORDER BY beat_at DESC")
    return next(pid for (pid,) in pids if processes.process(pid))


def java(stack: Stack) -> int:
    children = psutil.Process(worker(stack)).children(recursive=True)
    return next(child.pid for child in children if child.name() == "java")


def queue_parent(stack: Stack) -> int:
    leader = processes.read(group_file(stack.folder / "run", SPARK))
    assert leader is not None
    return leader.pid


def probe_was_taken_by_another(stack: Stack, killed: int) -> bool:
    lately = "queue = 'spark' AND probed_at > now() - interval '4 seconds'"
    return bool(rows(stack, f"SELECT 1 FROM preannotation_worker WHERE {lately} AND pid != {killed}"))


@pytest.mark.parametrize("victim", [worker, java, queue_parent])
def test_a_run_survives_a_kill_in_its_middle(stack: Stack, victim: Callable[[Stack], int]) -> None:
    # What is in hand at the kill is done one by one afterwards, and then quickly.
    with stack.slow_to_store("projects_prediction", STORING_SECONDS):
        total = start_run(stack)
        stack.until(lambda: 0 < answered(stack) < total, RUN_SECONDS, "the middle of the run")
        os.kill(victim(stack), signal.SIGKILL)
        before = answered(stack)
    assert before < total
    seconds = stack.until(lambda: answered(stack) > before, BACK_SECONDS, "the run to go on")
    print(f"{victim.__name__}: the run went on {seconds:.0f} s after the kill")
    stack.until(lambda: through(stack), RUN_SECONDS, "the end of the run")
    ended = rows(stack, f"SELECT state, failed FROM preannotation_preannotationrun WHERE id = {LAST_RUN}")
    per_task = rows(
        stack,
        f"SELECT count(p.id) FROM preannotation_runtask r LEFT JOIN projects_prediction p USING (task_id) "
        f"WHERE r.run_id = {LAST_RUN} GROUP BY r.task_id ORDER BY 1",
    )
    # Where the machine is so busy that a worker which only starts slowly is taken for a dead one, too, that is a second
    # death for the one text in hand: it is left out, and says why.
    left_out = rows(stack, f"SELECT failure FROM preannotation_runtask WHERE run_id = {LAST_RUN} AND state = 'failed'")
    assert left_out in ([], [(DIED_TWICE,)])
    missing = len(left_out)
    assert (total, ended, answered(stack)) == (TASKS, [("done", missing)], total - missing)
    assert per_task == [(0,)] * missing + [(1,)] * (total - missing)


def test_the_workers_are_back_after_a_kill_of_the_idle_one(stack: Stack) -> None:
    killed = worker(stack)
    os.kill(killed, signal.SIGKILL)
    seconds = stack.until(lambda: probe_was_taken_by_another(stack, killed), BACK_SECONDS, "a probe to be taken")
    print(f"idle worker: back after {seconds:.0f} s")
    assert worker(stack) != killed


def test_nothing_outlives_a_killed_launcher_and_the_next_start_serves(stack: Stack) -> None:
    group = queue_parent(stack)
    assert stack.process is not None
    stack.process.kill()
    stack.process.wait()
    stack.process = None
    stack.until(lambda: processes.members(group) == [], BACK_SECONDS, "the workers to end")
    stack.until(lambda: not stack.answers(), BACK_SECONDS, "the web process to end")
    stack.start("run")
    stack.until(lambda: probe_was_taken_by_another(stack, 0), BACK_SECONDS, "a probe to be taken")
