"""Deleting tasks and projects by the set. Django's own way reads every row first, with its texts and results."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial

from django.conf import settings
from django.db import connection, models, transaction
from django.utils.module_loading import import_string
from django_q.tasks import async_task

from projects import import_lock, imports, uploads
from projects.models import ImportReport, Project, Task

SLICE = 5_000
IN_REQUEST = 5_000


class StillNeeded(Exception):
    """A project can't be deleted. number: records that need it."""

    def __init__(self, number: int) -> None:
        super().__init__(f"{number} records need it")
        self.number = number


def delete_tasks(ids: Sequence[int]) -> int:
    """Delete these tasks with all that hangs on them, in any app; how many tasks were there."""
    with transaction.atomic():
        # Who writes something that hangs on a task (a worker that makes it searchable) has its row until the end of
        # the transaction; what came in meanwhile would keep the task from going.
        locked = Task.objects.filter(pk__in=ids).order_by("pk").select_for_update().values_list("pk", flat=True)
        return _delete(Task, list(locked))


def delete_project(project: Project) -> bool:
    """Delete a project, in a worker where it is large or being imported into; whether it is gone already. Its members
    have lost it either way.

    Raises StillNeeded; nothing is deleted then.
    """
    number = _needing(project)
    if number:
        raise StillNeeded(number)
    _end_imports(project.pk)
    with transaction.atomic():
        if not import_lock.take(project.pk) or project.tasks.count() > IN_REQUEST:
            project.members.all().delete()
            async_task("projects.deletion.delete_in_worker", project.pk, save=False)
            return False
        delete_project_with_tasks(project.pk)
    return True


def delete_in_worker(pk: int) -> None:
    """A second delivery goes on where the first one ended."""
    _end_imports(pk)
    worker_beat = import_string(settings.WORKER_BEAT)
    # A job that gives no sign for long is taken for one whose worker hangs.
    delete_project_with_tasks(pk, lambda: worker_beat(f"deletion of project {pk}"))
    worker_beat("")


def delete_project_with_tasks(pk: int, meanwhile: Callable[[], object] = lambda: None) -> None:
    """Here and now, whatever needs it; `meanwhile` is called after each of SLICE tasks, and while an import ends."""
    while _delete_slice(pk):
        # Outside of a transaction: nobody would see a worker's beat before the end of one.
        meanwhile()


def _delete_slice(pk: int) -> bool:
    """Whether something is left: without tasks and imports under way the project itself goes."""
    with transaction.atomic():
        if import_lock.take(pk):
            ids = list(Task.objects.filter(project=pk).order_by("pk").values_list("pk", flat=True)[:SLICE])
            if ids:
                delete_tasks(ids)
            else:
                _delete_bare(pk)
            return bool(ids)
    time.sleep(import_lock.RETRY_SECONDS)
    return True


def _delete_bare(pk: int) -> None:
    for project in Project.objects.filter(pk=pk):
        files = [
            *project.imports.values_list("upload", flat=True),
            *project.exports.values_list("file", flat=True),
        ]
        project.delete()
        # Texts that people uploaded or exported must not outlive their project.
        transaction.on_commit(partial(_remove, files))


def _end_imports(pk: int) -> None:
    """Ask for it, outside of a transaction: an import that ends needs its report, which one would hold."""
    for report in ImportReport.objects.under_way().filter(project=pk):
        imports.cancel(report, None)


def _remove(files: Sequence[str]) -> None:
    for name in files:
        uploads.remove(name)


def _needing(project: Project) -> int:
    return sum(
        relation.related_model._base_manager.filter(**{relation.field.name: project}).count()
        for relation in _relations(Project)
        if relation.field.remote_field.on_delete in (models.RESTRICT, models.PROTECT)
    )


def _relations(model: type[models.Model]) -> list[models.ForeignObjectRel]:
    fields = model._meta.get_fields(include_hidden=True)
    return [field for field in fields if field.auto_created and not field.concrete and not field.many_to_many]


def _delete(model: type[models.Model], pks: list[int]) -> int:
    for relation in _relations(model):
        _let_go(relation, pks)
    return _execute(f'DELETE FROM "{model._meta.db_table}" WHERE "{model._meta.pk.column}" = ANY(%s)', pks)


def _let_go(relation: models.ForeignObjectRel, pks: list[int]) -> None:
    """What refers to these rows goes with them, or forgets them; where it must stay, the database refuses."""
    child, column = relation.related_model, relation.field.column
    on_delete = relation.field.remote_field.on_delete
    if on_delete is models.CASCADE and _relations(child):
        rows = child._base_manager.filter(**{f"{relation.field.name}__in": pks})
        _delete(child, list(rows.values_list("pk", flat=True)))
    elif on_delete is models.CASCADE:
        _execute(f'DELETE FROM "{child._meta.db_table}" WHERE "{column}" = ANY(%s)', pks)
    elif on_delete is models.SET_NULL:
        _execute(f'UPDATE "{child._meta.db_table}" SET "{column}" = NULL WHERE "{column}" = ANY(%s)', pks)


def _execute(sql: str, pks: list[int]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, [pks])
        return cursor.rowcount
