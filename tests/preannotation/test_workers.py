from datetime import UTC, datetime, timedelta

import pytest
from django_q.models import OrmQ
from django_q.signing import SignedPackage
from django_q.tasks import async_task

from preannotation import probes
from preannotation.probes import Signs
from preannotation.readiness import words
from preannotation.workers import wedged

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(hours=1)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("started", "probed", "beat", "hosts", "expected"),
    [
        (LONG_AGO, ago(5), ago(5), 1, False),
        (LONG_AGO, ago(25), ago(25), 1, True),
        (LONG_AGO, ago(25), ago(3), 1, False),
        (LONG_AGO, None, None, 0, True),
        (ago(10), None, None, 0, False),
        (ago(10), LONG_AGO, LONG_AGO, 0, False),
        (ago(45), LONG_AGO, LONG_AGO, 0, True),
        (LONG_AGO, ago(25), ago(25), 2, False),
        (LONG_AGO, ago(130), ago(130), 2, True),
    ],
)
def test_a_group_is_wedged_once_nothing_is_taken_and_nobody_is_busy(started, probed, beat, hosts, expected):
    assert wedged(NOW, started, Signs(probed, beat, hosts)) is expected


def test_workers_are_ready_once_they_took_a_probe_or_beat_since():
    sent = ago(4)
    assert words(Signs(ago(3), ago(3), 1), sent, NOW) == "took a probe job after 1.0 s"
    assert words(Signs(LONG_AGO, ago(2), 1), sent, NOW) == "busy, gave a sign of life 2 s ago"
    assert words(Signs(ago(5), ago(5), 1), sent, NOW) is None


@pytest.mark.django_db
def test_a_sender_sees_and_withdraws_its_own_probes_only():
    probes.send("spark", "a")
    probes.send("spark", "b")
    probes.send("default", "a")
    assert len(probes.outstanding("spark", "a")) == 1
    probes.withdraw("spark", "a")
    counts = [
        len(probes.outstanding(queue, name)) for queue, name in (("spark", "a"), ("spark", "b"), ("default", "a"))
    ]
    assert counts == [0, 1, 1]


@pytest.mark.django_db
def test_forgotten_probes_go_and_other_jobs_stay():
    probes.send("spark", "a")
    probes.send("spark", "b")
    async_task("preannotation.jobs.warm", cluster="spark", save=False)
    forgotten = probes.outstanding("spark", "a")[0]
    aged = forgotten.task | {"started": datetime.now(UTC) - timedelta(hours=1)}
    OrmQ.objects.filter(pk=forgotten.pk).update(payload=SignedPackage.dumps(aged))
    probes.clean_up("spark", "here")
    left = [row.task["func"] for row in OrmQ.objects.filter(key="spark").order_by("pk")]
    assert left == ["preannotation.jobs.probe", "preannotation.jobs.warm"]


@pytest.mark.django_db
def test_jobs_that_a_killed_group_had_fetched_can_be_taken_again():
    async_task("preannotation.jobs.warm", cluster="spark", save=False)
    rows = OrmQ.objects.filter(key="spark")
    rows.update(lock=datetime.now(UTC) + timedelta(hours=1))
    probes.unlock("spark")
    assert [row.lock <= datetime.now(UTC) for row in rows] == [True]
