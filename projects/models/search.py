"""What the search of the task list looks into. Written by `projects.search_index` only, read by `task_search`."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from projects.models.project import Project
from projects.models.task import Task


class TaskWords(models.Model):
    """The words of a task's text; a task without a row can't be found by its words yet.

    Apart from the task and from its marks: a text never changes, and a row that changes is entered anew into every
    index on it, here once for each word.
    """

    task = models.OneToOneField(Task, models.CASCADE, primary_key=True, related_name="words_row")
    words = SearchVectorField()

    class Meta:
        indexes = [GinIndex(fields=["words"], name="task_words")]

    def __str__(self) -> str:
        return f"words of task {self.task_id}"


class TaskMarks(models.Model):
    """What completions and shown predictions say of a task, as `search_index` spells it: labels, texts under labels,
    choices, model versions. A task without a row has no results."""

    task = models.OneToOneField(Task, models.CASCADE, primary_key=True, related_name="marks_row")
    marks = ArrayField(models.TextField(), default=list)

    class Meta:
        indexes = [GinIndex(fields=["marks"], name="task_marks")]

    def __str__(self) -> str:
        return f"marks of task {self.task_id}"


class KnownValue(models.Model):
    """What the filters of a project's task list offer to choose from. One that no task has any more does no harm."""

    class Kind(models.TextChoices):
        TAG = "tag", "Tag"
        LABEL = "label", "Label"
        CHOICE = "choice", "Choice"
        VERSION = "version", "Model version"

    project = models.ForeignKey(Project, models.CASCADE, related_name="known_values")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    value = models.CharField(max_length=500)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "kind", "value"], name="known_value_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"
