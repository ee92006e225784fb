"""Keeps the worker processes of one queue working: starts them, watches them by probe jobs, ends the whole group.

The queue's own guard forks a worker again that died while busy. It does not see a worker that was killed while idle
(the lock on its inbox dies with it, and nothing is taken any more), nor its own death. Both show in probes that
nobody takes. Then everything of the group is killed, JVM included, and this process ends; the supervisor starts anew.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Final

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django_q.tasks import async_task

from preannotation import actions, comparing, learning_jobs, probes, processes, run_actions
from preannotation.arriving import actions as arriving
from preannotation.evaluating import actions as evaluating
from preannotation.models import ActiveLearning
from preannotation.queues import SPARK, TRAINING, group_file
from preannotation.training import actions as training_actions
from projects import bulk_job, exports, imports, uploads

TICK: Final = 0.5
UNTAKEN: Final = timedelta(seconds=20)
# The first probe waits for imports, on a machine that starts everything at once.
STARTING: Final = timedelta(seconds=40)
# A probe goes to any host: how much longer one must go without, for each host, before that can't be chance.
SHARED_QUEUE_FACTOR: Final = 3
GRACE: Final = 10

log = logging.getLogger(__name__)


def wedged(now: datetime, started: datetime, signs: probes.Signs) -> bool:
    """Whether the workers of this host take nothing any more: no probe taken for long, and nobody is busy."""
    patience = UNTAKEN if signs.hosts < 2 else UNTAKEN * SHARED_QUEUE_FACTOR * signs.hosts
    last = max((moment for moment in (signs.probed_at, started + STARTING - UNTAKEN) if moment), default=started)
    beating = signs.beat_at is not None and now - signs.beat_at < probes.BUSY_BEAT
    return now - last > patience and not beating


class WorkerGroup:
    """The processes of one queue on this host, as one thing that is started, watched and ended."""

    def __init__(self, queue: str, run_dir: Path) -> None:
        self.queue = queue
        self.file = group_file(run_dir, queue)
        self.host = probes.this_host()
        self.sender = f"{self.host} {queue}"
        self.stopping = False
        self.started = timezone.now()
        self.is_wedged = False
        self.every = {
            self._probe: 5,
            self._look: 2,
            self._revive: 3,
            self._learn: 10,
            self._clean_up: 60,
            self._sweep: 3600,
        }
        self.done_at = dict.fromkeys(self.every, time.monotonic())

    def run(self) -> int:
        """Until it is told to stop (exit code 0) or something is wrong with the group (1)."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        if processes.kill_leftovers(self.file):
            log.warning("killed what an earlier start of the %s workers had left", self.queue)
        supervisor = os.getppid()
        cluster = self._start()
        try:
            return self._watch(cluster, supervisor)
        finally:
            self._end(cluster)

    def _start(self) -> subprocess.Popen[bytes]:
        self._in_database(self._prepare)
        # Forked children must not share this process's connection.
        connection.close()
        cluster = subprocess.Popen(
            [sys.executable, str(settings.BASE_DIR / "manage.py"), "qcluster"],
            env=os.environ | {"Q_CLUSTER_NAME": self.queue},
            start_new_session=True,
            preexec_fn=processes.killed_with_parent,
        )
        leader = processes.process(cluster.pid)
        if leader:
            leader.write(self.file)
        self.started = timezone.now()
        log.info("started the %s workers as group %d", self.queue, cluster.pid)
        return cluster

    def _prepare(self) -> None:
        probes.withdraw(self.queue, self.sender)
        probes.unlock(self.queue)
        probes.send(self.queue, self.sender)
        if self.queue == SPARK:
            async_task(probes.WARM, cluster=SPARK, save=False)

    def _watch(self, cluster: subprocess.Popen[bytes], supervisor: int) -> int:
        while not self.stopping:
            if cluster.poll() is not None:
                log.error("the %s workers' queue process ended with code %d", self.queue, cluster.returncode)
                return 1
            if os.getppid() != supervisor:
                log.error("the supervisor of the %s workers is gone", self.queue)
                return 1
            if self.is_wedged:
                log.error("the %s workers take no probes and are not busy: starting them again", self.queue)
                return 1
            self._do_what_is_due()
            time.sleep(TICK)
        return 0

    def _do_what_is_due(self) -> None:
        for work, seconds in self.every.items():
            if time.monotonic() - self.done_at[work] >= seconds:
                self._in_database(work)
                self.done_at[work] = time.monotonic()

    def _look(self) -> None:
        self.is_wedged = wedged(timezone.now(), self.started, probes.signs(self.queue, self.host))

    def _probe(self) -> None:
        if not probes.outstanding(self.queue, self.sender):
            probes.send(self.queue, self.sender)

    def _revive(self) -> None:
        if self.queue == SPARK:
            actions.revive()
            run_actions.revive_roll_backs()
        elif self.queue == TRAINING:
            training_actions.revive()
        else:
            imports.revive()
            exports.revive()
            bulk_job.revive()
            evaluating.revive()
            arriving.revive()
            comparing.revive()

    def _learn(self) -> None:
        # Here and not in a worker: that of the training queue is busy for hours, and its steps are short
        # but for the look through the completions of a large project.
        if self.queue == TRAINING and ActiveLearning.objects.filter(is_on=True).exists():
            began = timezone.now()
            learning_jobs.look_after()
            if timezone.now() - began > UNTAKEN / 2:
                # Nothing was probed meanwhile.
                self.started = timezone.now()

    def _clean_up(self) -> None:
        probes.clean_up(self.queue, self.host)

    def _sweep(self) -> None:
        if self.queue not in (SPARK, TRAINING):
            exports.remove_old()
            uploads.sweep()

    def _in_database(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception:
            # A database that restarts, or one bad row, must not end a group that works. Its silence meanwhile
            # proves nothing, so the count begins again.
            log.exception("%s of the %s workers failed", work.__name__, self.queue)
            connection.close()
            self.started = timezone.now()

    def _end(self, cluster: subprocess.Popen[bytes]) -> None:
        if self.stopping and cluster.poll() is None:
            cluster.terminate()
            try:
                cluster.wait(GRACE)
            except subprocess.TimeoutExpired:
                log.warning("the %s workers are in the middle of a job: killing them", self.queue)
        processes.kill_group(cluster.pid)
        cluster.wait()
        self.file.unlink(missing_ok=True)
        self._in_database(lambda: probes.withdraw(self.queue, self.sender))

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True
