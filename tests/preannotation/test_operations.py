"""What operators see: every part bounded, and plain enough for JSON."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.cache import cache
from django.utils import timezone
from django_q.models import OrmQ, Task
from django_q.tasks import async_task

from preannotation import actions, claims, disk, operations, probes
from preannotation.models import Deployment, PreannotationRun, Worker
from projects.models import ImportReport
from tests.preannotation.conftest import add_tasks, ready
from tests.preannotation.test_commands import said


def test_workers_are_alive_or_silent(db):
    Worker.objects.create(queue="spark", host="h", pid=1, holds="run 7", deployments=[3])
    Worker.objects.create(queue="spark", host="h", pid=2, beat_at=timezone.now() - timedelta(minutes=5))
    rows = [(row["pid"], row["state"], row["holds"], row["deployments"]) for row in operations.workers()]
    assert rows == [(1, "alive", "run 7", [3]), (2, "silent", "", [])]


def test_only_processes_that_take_jobs_stand_among_the_workers(db, monkeypatch):
    monkeypatch.delenv(claims.QUEUE, raising=False)
    claims.worker_beat("export 7")
    assert (operations.workers(), probes.signs("default").beat_at) == ([], None)
    monkeypatch.setenv(claims.QUEUE, "default")
    claims.worker_beat("export 7")
    assert [(row["queue"], row["holds"]) for row in operations.workers()] == [("default", "export 7")]


def test_queues_count_what_waits_without_probes_and_what_failed_lately(db):
    probes.send("spark", "test")
    async_task("preannotation.jobs.run_preannotation", 1, cluster="spark")
    async_task("preannotation.jobs.run_preannotation", 2, cluster="spark")
    taken = OrmQ.objects.order_by("-id").first()
    OrmQ.objects.filter(pk=taken.pk).update(lock=timezone.now() + timedelta(hours=1))
    for number, age in enumerate((1, 30)):
        moment = timezone.now() - timedelta(hours=age)
        times = {"started": moment, "stopped": moment}
        Task.objects.create(id=number, name="x", func="x", cluster="spark", success=False, **times)
    default, spark, _ = operations.queues()
    assert default == {"name": "default", "waiting": 0, "taken": 0, "oldest": None, "failed": 0}
    assert (spark["waiting"], spark["taken"], spark["oldest"], spark["failed"]) == (1, 1, 0, 1)


def test_runs_imports_and_deployments_under_way_are_listed(configured, manager):
    deployment = ready(actions.deploy(configured, manager))
    add_tasks(configured, ["a"])
    run = actions.preannotate(configured, manager, configured.tasks.all(), "all")
    report = ImportReport.objects.create(project=configured, file_name="x.json", state="running", size=9)
    Worker.objects.create(queue="spark", host="h", pid=1, deployments=[deployment.pk])
    figures = operations.everything()
    assert [row["run"] for row in figures["runs"]] == [run.pk]
    assert [row["import"] for row in figures["imports"]] == [report.pk]
    (shown,) = figures["deployments"]
    assert (shown["deployment"], shown["in_memory"], shown["runs"], shown["tasks_left"]) == (deployment.pk, True, 1, 1)
    ready(actions.deploy(configured, manager))
    assert [(row["runs"], row["runs_ended"]) for row in operations.everything()["deployments"]] == [(0, 1), (1, 1)]


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_answers_a_try_out_within_a_run_goes_on_holding_the_run(monkeypatch):
    monkeypatch.setenv(claims.QUEUE, "spark")
    run, deployment = PreannotationRun(pk=7), Deployment(pk=3)
    with claims.beating(run, "a"):
        claims.say("loading its models again")
        with claims.beating(deployment, "b"):
            pass
        assert Worker.objects.get().holds == "run 7: loading its models again"
    assert Worker.objects.get().holds == ""


def test_the_command_prints_all_of_it_as_json_and_as_tables(configured):
    figures = json.loads(said("operations", "--json"))
    assert list(figures) == ["workers", "queues", "runs", "imports", "deployments", "database", "disk", "memory"]
    assert (figures["database"]["size"] > 0, len(figures["database"]["tables"])) == (True, 8)
    assert [line for line in said("operations").splitlines() if line == "queues:"] == ["queues:"]


def test_everything_asks_the_database_little(configured, django_assert_max_num_queries):
    with django_assert_max_num_queries(14):
        operations.everything()


def test_a_folder_is_counted_for_a_moment_only_and_then_remembered(tmp_path: Path, monkeypatch):
    cache.clear()
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file").write_bytes(b"12345")
    (tmp_path / "link").symlink_to(tmp_path / "deep")
    assert disk.size_of(str(tmp_path)) == disk.Size(5, True)
    (tmp_path / "other").write_bytes(b"1")
    assert disk.size_of(str(tmp_path)) == disk.Size(5, True)
    cache.clear()
    monkeypatch.setattr(disk, "PATIENCE_SECONDS", -1)
    assert disk.size_of(str(tmp_path)) == disk.Size(0, False)
    assert disk.size_of(str(tmp_path / "gone")).size == 0
