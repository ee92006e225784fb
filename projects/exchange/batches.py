"""One batch of rows against what the project has: new tasks, new work on old ones, and what is there already."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import IntegrityError, transaction
from django.utils import timezone

from projects.conflicts import conflict_count
from projects.digests import hex_digest, sorted_json
from projects.exchange.copying import copy_into, copy_lines, line_writer, next_ids
from projects.exchange.identity import prediction_key, result_key
from projects.exchange.joined import tell_joined
from projects.exchange.report import Reporting
from projects.exchange.row_targets import RowTarget, known_targets
from projects.exchange.rows import ReadCompletion, ReadPrediction, Row
from projects.labeling_config import LabelingConfig
from projects.models import Completion, Prediction, Project, Task
from projects.models.task import TaskStatus
from projects.results import Region, check_result, confidences, is_relation, mean_confidence
from projects.search_index import NewValue, offer, write_marks
from projects.status import Work, status_of

Batch = list[Row]
UNKNOWN_PERSON = "unknown"
UNKNOWN_MODEL = "imported"
NOTHING_TO_LABEL = "It is empty. The task was imported, but there is nothing to label in it."
NOTHING_LEFT = "All of its regions were refused. It was left out, for the task is there already."
# Of a task: where it belongs; what the file says of it, which is written down while the database stores others; how it
# stands.
PLACE_FIELDS = ("id", "project_id")
ROW_FIELDS = (
    "title", "text", "text_field", "text_hash", "data", "data_hash", "extra", "external_id", "tags",
)  # fmt: skip
STATE_FIELDS = (
    "status", "preannotation_state", "region_count", "lowest_confidence", "conflict_count", "failure", "created_at",
    "created_username", "updated_at",
)  # fmt: skip
TASK_FIELDS = PLACE_FIELDS + ROW_FIELDS + STATE_FIELDS
COMPLETION_FIELDS = (
    "task_id", "user_id", "username", "result", "starred", "submitted_at", "lead_time", "external_id", "extra",
    "created_at", "updated_at",
)  # fmt: skip
BESIDE_FIELDS = (
    "copied_from", "note", "set_aside", "review", "reviewed_by_id", "reviewed_at", "review_comment",
)  # fmt: skip
PREDICTION_FIELDS = (
    "task_id", "text_hash", "source_key", "model_version", "result", "score", "run_id", "created_username",
    "external_id", "extra", "hidden", "created_at",
)  # fmt: skip

write_row = line_writer(Task, ROW_FIELDS)
write_state = line_writer(Task, STATE_FIELDS)


def write_down(row: Row, text_field: str) -> None:
    """What a task of this row takes from it, so that nothing is left to do about it once its batch is stored."""
    row.data_hash = hex_digest(sorted_json({**row.data, text_field: row.text}))
    row.text_hash = hex_digest(row.text)
    row.written = write_row((
        row.title, row.text, text_field, row.text_hash, row.data, row.data_hash, row.extra, row.external_id, row.tags,
    ))  # fmt: skip


class Importing:
    """What one import knows of its project while batches pass."""

    def __init__(self, project: Project, config: LabelingConfig, by: AbstractUser | None, reporting: Reporting) -> None:
        self.project = project
        self.config = config
        self.by = by
        self.by_name = by.get_username() if by else ""
        self.reporting = reporting
        self.now = timezone.now()
        self.first_task: int | None = None
        self.last_task: int | None = None
        self.unversioned = f"imported {reporting.report.pk}"
        self.all_are_new = True
        self.joined: set[int] = set()
        self.new_values: set[NewValue] = set()
        self.user_ids = dict(project.members.values_list("user__username", "user_id"))

    def store(self, batch: Batch, meanwhile: Callable[[], None] = lambda: None) -> None:
        """meanwhile: called when the database begins to store, and nothing else is done here, unless a batch that was
        taken for new turns out not to be."""
        is_bare = not any(row.completions or row.predictions for row in batch)
        if not (self.all_are_new and is_bare and self.store_new(batch, meanwhile)):
            self.store_joining(batch, meanwhile)

    def store_new(self, batch: Batch, meanwhile: Callable[[], None]) -> bool:
        """Take for granted that the project has none of the rows. Where it has, the database says so; then nothing is
        stored, and from now on it is asked before. To ask each time would be to look for each row twice."""
        first: dict[str, Row] = {}
        for row in batch:
            first.setdefault(row.data_hash, row)
        ids = next_ids(Task, len(first))
        state = self.state(self.now)
        lines = [
            self.task_line(pk, row, self.state(row.created_at) if row.created_at else state)
            for pk, row in zip(ids, first.values(), strict=True)
        ]
        meanwhile()
        try:
            with transaction.atomic():
                copy_lines(Task, TASK_FIELDS, lines)
        except IntegrityError:
            self.all_are_new = False
            return False
        for row in batch:
            self.tell(row)
            if first[row.data_hash] is row:
                self.tell_where_empty(row)
        self.count_new(ids)
        self.reporting.report.skipped += len(batch) - len(ids)
        return True

    def store_joining(self, batch: Batch, meanwhile: Callable[[], None]) -> None:
        targets = self.targets(batch)
        completions: list[tuple[Any, ...]] = []
        predictions: list[tuple[Any, ...]] = []
        report = self.reporting.report
        for row, target, is_new in targets:
            self.tell(row)
            work = list(self.completions(row, target))
            answers = list(self.predictions(row, target))
            completions.extend(work)
            predictions.extend(answers)
            if work or answers:
                target.changed = True
                report.joined += not is_new
            else:
                report.skipped += not is_new
            if is_new:
                self.tell_where_empty(row)
        unique = {target.pk: target for _, target, _ in targets}.values()
        lines = [self.task_line(target.pk, target.row, self.state_with(target)) for target in unique if target.row]
        meanwhile()
        copy_lines(Task, TASK_FIELDS, lines)
        copy_into(Completion, COMPLETION_FIELDS + BESIDE_FIELDS, completions)
        copy_into(Prediction, PREDICTION_FIELDS, predictions)
        changed = [target for target in unique if target.changed]
        self.joined.update(target.pk for target in changed if not target.row)
        if new := sorted(target.pk for target in changed if target.row):
            self.new_values |= write_marks(new)

    def targets(self, batch: Batch) -> list[tuple[Row, RowTarget, bool]]:
        """The task of each row: there already, new, or new with an earlier row of the same batch. The
        new ones get their ids, and are counted."""
        hashes = {row.data_hash for row in batch}
        known = known_targets(self.project.pk, hashes)
        new = hashes.difference(known)
        ids = next_ids(Task, len(new)) if new else []
        self.count_new(ids)
        unused = iter(ids)
        found: list[tuple[Row, RowTarget, bool]] = []
        for row in batch:
            is_new = row.data_hash not in known
            if is_new:
                known[row.data_hash] = RowTarget(next(unused), row.text_hash, row)
            found.append((row, known[row.data_hash], is_new))
        return found

    def count_new(self, ids: Sequence[int]) -> None:
        if ids:
            self.first_task, self.last_task = self.first_task or ids[0], ids[-1]
        self.reporting.report.imported += len(ids)

    def tell(self, row: Row) -> None:
        for what, reason in row.notes:
            self.reporting.note(row.number, what, reason, row.source)

    def tell_where_empty(self, row: Row) -> None:
        if not row.text.strip():
            self.reporting.note(row.number, "text", NOTHING_TO_LABEL, row.source)

    def checked(self, row: Row, what: str, result: list[Any]) -> list[Region]:
        checked = check_result(result, self.config, row.text, repair=True)
        for refused in checked.refused:
            self.reporting.refused_region(row, f"{what}, region {refused.index + 1}", refused.reason)
        for how in checked.repaired:
            self.reporting.repaired_region(row, what, how)
        return checked.kept

    def left_out(self, row: Row, target: RowTarget, what: str, given: list[Any], result: list[Region]) -> bool:
        """Whether all of its regions were refused and the task is there already: it would join work that says there is
        nothing in the text."""
        is_left_out = bool(given) and not result and target.row is None
        if is_left_out:
            self.reporting.note(row.number, what, NOTHING_LEFT, row.source)
        return is_left_out

    def completions(self, row: Row, target: RowTarget) -> Iterable[tuple[Any, ...]]:
        if not row.completions:
            return
        # Twice the same work in one file is two completions; the same work as in the database is that one.
        there = Counter(target.work)
        for place, read in enumerate(row.completions, 1):
            result = self.checked(row, f"completion {place}", read.result)
            username = read.username or UNKNOWN_PERSON
            key = (username, result_key(result))
            if there[key]:
                there[key] -= 1
                continue
            if self.left_out(row, target, f"completion {place}", read.result, result):
                continue
            target.work[key] += 1
            yield self.completion_values(row, target, place, read, result)

    def completion_values(
        self, row: Row, target: RowTarget, place: int, read: ReadCompletion, result: list[Region]
    ) -> tuple[Any, ...]:
        user_id = self.user_ids.get(read.username)
        starred = read.starred
        if starred and user_id in target.starred_by:
            starred = False
            self.reporting.note(
                row.number,
                f"completion {place}",
                f"{read.username} has starred another completion of this task; this one was imported without its star.",
                row.source,
            )
        if starred and user_id:
            target.starred_by.add(user_id)
        beside, extra = read.beside, read.extra
        reviewer_id = self.user_ids.get(beside.reviewed_by)
        if beside.reviewed_by and not reviewer_id:
            extra = {**extra, "reviewed_by": beside.reviewed_by}
        target.done.append(Work(read.username or UNKNOWN_PERSON, read.submitted_at, beside.review))
        created = read.created_at or read.updated_at or self.now
        return (
            target.pk, user_id, read.username or UNKNOWN_PERSON, result, starred, read.submitted_at, read.lead_time,
            read.external_id, extra, created, read.updated_at or created, beside.copied_from, beside.note,
            beside.set_aside, beside.review, reviewer_id, beside.reviewed_at, beside.review_comment,
        )  # fmt: skip

    def predictions(self, row: Row, target: RowTarget) -> Iterable[tuple[Any, ...]]:
        for place, read in enumerate(row.predictions, 1):
            result = self.checked(row, f"prediction {place}", read.result)
            key = prediction_key(read.model_version, result)
            if key in target.answers or self.left_out(row, target, f"prediction {place}", read.result, result):
                continue
            target.answers.add(key)
            yield self.prediction_values(target, read, key, result)

    def prediction_values(
        self, target: RowTarget, read: ReadPrediction, key: uuid.UUID, result: list[Region]
    ) -> tuple[Any, ...]:
        created = read.created_at or self.now
        if target.shown is None or created >= target.shown:
            target.shown = created
            target.region_count = sum(not is_relation(region) for region in result)
            target.lowest_confidence = min(confidences(result), default=None)
            target.conflict_count = conflict_count(result)
        return (
            target.pk, target.text_hash, key, read.model_version or self.unversioned, result, mean_confidence(result),
            None, read.username or UNKNOWN_MODEL, read.external_id, read.extra, False, created,
        )  # fmt: skip

    def task_line(self, pk: int, row: Row, state: str) -> str:
        return f"{pk}\t{self.project.pk}\t{row.written}\t{state}"

    def state_with(self, target: RowTarget) -> str:
        """Counts and confidence are those of the newest prediction, whoever made it."""
        figures = target.region_count, target.lowest_confidence, target.conflict_count
        created = target.row.created_at if target.row else None
        return self.state(created or self.now, status_of(target.done), *figures)

    def state(
        self, created: datetime, task_status: str = TaskStatus.INCOMPLETE, regions: int | None = None,
        lowest: float | None = None, conflicts: int | None = None,
    ) -> str:  # fmt: skip
        """The state of pre-annotation stays empty: it tells what a run did."""
        return write_state((task_status, "", regions, lowest, conflicts, "", created, self.by_name, self.now))

    def tell_joined(self, go_on: Callable[[], None]) -> None:
        """Make the tasks that got something from the file say so. To be called when all is stored, with the project's
        lock: who saves a completion locks the project, then the task, and would else wait for the whole import."""
        self.new_values |= tell_joined(sorted(self.joined), go_on)
        offer(self.new_values)
