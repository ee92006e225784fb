"""What waits for one person: ids of tasks to correct, to go on with, to begin, to review.

Each is asked of what belongs to the person, never of all tasks: most of those are done or somebody else's.
"""

from __future__ import annotations

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from projects.models import Assignment, Completion
from projects.models.completion import ReviewState
from projects.models.ids import Ids, OneOf, PassedBy
from projects.models.task import TaskStatus
from projects.models.task_queries import TaskQuerySet

# As many ids are fetched before their tasks are looked for; where there are more, one is met soon in any order.
FEW = 5_000
# In a list, which is counted too, fetching pays for more.
FEW_LISTED = 25_000


def to_correct(user_pk: int) -> QuerySet[Completion]:
    """What they submitted last was rejected. Asked of their own completions by their id, which an index answers."""
    own = Completion.objects.filter(user=user_pk, submitted_at__isnull=False, corrects=None)
    moment = OuterRef("submitted_at")
    later = Q(submitted_at__gt=moment) | Q(submitted_at=moment, pk__gt=OuterRef("pk"))
    newer = own.filter(later, task=OuterRef("task"))
    return own.filter(~Exists(newer), review=ReviewState.REJECTED).values_list("task", flat=True)


def begun(user_pk: int) -> QuerySet[Completion]:
    """They have a draft and have submitted nothing."""
    own = Completion.objects.filter(user=user_pk, corrects=None)
    submitted = own.filter(task=OuterRef("task"), submitted_at__isnull=False)
    return own.filter(~Exists(submitted), submitted_at=None).values_list("task", flat=True)


def to_begin(user_pk: int) -> QuerySet[Assignment]:
    """They are one of the annotators and have no completion."""
    theirs = Assignment.objects.filter(user=user_pk, role=Assignment.Role.ANNOTATOR)
    own = Completion.objects.filter(task=OuterRef("task"), user=user_pk)
    return theirs.filter(~Exists(own)).values_list("task", flat=True)


def correcting(user_pk: int) -> QuerySet[Completion]:
    """They have a draft that is to correct somebody else's completion."""
    own = Completion.objects.filter(user=user_pk, submitted_at=None, corrects__isnull=False)
    return own.values_list("task", flat=True)


def to_review(user_pk: int, everything: bool, between: tuple[int, int] | None = None) -> QuerySet[Completion]:
    """What somebody else submitted last has no review. everything: whoever is the reviewer. between: ids of tasks."""
    waiting = Completion.objects.filter(review="").newest_submitted(between).exclude(user=user_pk)
    if not everything:
        theirs = Assignment.objects.filter(user=user_pk, role=Assignment.Role.REVIEWER, task=OuterRef("task"))
        waiting = waiting.filter(Exists(theirs))
    return waiting.values_list("task", flat=True)


def among(tasks: TaskQuerySet, *waiting: QuerySet, few: int | None = None) -> TaskQuerySet:
    """Those of the tasks whose ids one of these gives. What is reviewed waits for nobody, whatever else was done.
    few: up to how many ids of each are fetched first, FEW unless told."""
    most = FEW if few is None else few
    some = Ids(0, "")
    many: list[QuerySet] = []
    for ids in waiting:
        ids = tasks.bounding(ids)
        # Without an order the database ends as soon as it has so many.
        found = Ids.found(ids.order_by()[: most + 1])
        if found.count > most:
            many.append(ids.order_by())
        else:
            some += found
    tasks = tasks.exclude(status=TaskStatus.REVIEWED)
    if not many:
        return tasks.among(some)
    waits = Q(OneOf(F("pk"), some)) if some.count else Q()
    for ids in many:
        # Along another order than that of the ids a merge would read all of both sides.
        waits |= Q(PassedBy(F("pk"), ids)) if tasks.by_value else Q(pk__in=ids)
    return tasks.filter(waits)


def of_person(user_pk: int, between: tuple[int, int] | None = None) -> tuple[QuerySet, ...]:
    """All that is theirs to do, by assignment or because they have begun it. between: ids of tasks."""
    begun_by_them = to_correct(user_pk), begun(user_pk), correcting(user_pk)
    return (*begun_by_them, to_begin(user_pk), to_review(user_pk, False, between))


def for_person(tasks: TaskQuerySet, user_pk: int) -> TaskQuerySet:
    """Those of the tasks that are theirs to do."""
    return among(tasks, *of_person(user_pk, tasks.bounds), few=FEW_LISTED)


def free(tasks: TaskQuerySet) -> TaskQuerySet:
    """Nobody annotates them, and nobody has begun to."""
    annotators = Assignment.objects.filter(task=OuterRef("pk"), role=Assignment.Role.ANNOTATOR)
    return tasks.filter(~Exists(tasks.bounding(annotators)), status=TaskStatus.INCOMPLETE)
