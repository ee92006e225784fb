from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string

from projects.config_change import ANSWERS, FORM, Change, LabelKey, fate
from projects.config_decisions import adapt, standing
from projects.config_log import log_words
from projects.label_use import Decision
from projects.labeling_config import ConfigProblem, LabelingConfig, parse
from projects.stored_results import Use

DECIDE = {
    ANSWERS: "several. Decide to keep the first.",
    FORM: "the earlier form. Decide to remove, or leave perRegion as it was.",
}
EMPTY_CONFIG = '<View>\n  <Text name="text" value="$text"/>\n</View>\n'


class Role(models.TextChoices):
    OWNER = "owner", "Owner"
    MANAGER = "manager", "Manager"
    REVIEWER = "reviewer", "Reviewer"
    ANNOTATOR = "annotator", "Annotator"


class NextTaskOrder(models.TextChoices):
    IMPORTED = "imported", "As imported"
    DOUBTFUL = "doubtful", "Doubtful first"


class ConfigRefused(Exception):
    """A Labeling Config was not saved. problems: every reason, in the order of their lines."""

    def __init__(self, problems: tuple[ConfigProblem, ...]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems


class ConfigOvertaken(Exception):
    """A Labeling Config was not saved, because somebody else saved another one first."""


class LabelsInUse(ConfigRefused):
    """Completions use names that the config no longer has, or has for something else, and nobody decided what becomes
    of those regions.

    undecided: by name, how much uses it. change: the one that was to be saved.
    """

    def __init__(self, undecided: Mapping[LabelKey, Use], change: Change) -> None:
        super().__init__(
            tuple(
                ConfigProblem(
                    f"The {key} {fate(key, change)}, but {use} {'has' if use.regions == 1 else 'have'} "
                    f"{DECIDE.get(key.kind, 'it. Decide whether to rename or to remove.')}"
                )
                for key, use in undecided.items()
            )
        )
        self.undecided = undecided


class ProjectQuerySet(models.QuerySet["Project"]):
    def of(self, user: AbstractUser) -> ProjectQuerySet:
        return self.filter(members__user=user).distinct()

    def with_roles(self) -> ProjectQuerySet:
        members = Member.objects.select_related("user").order_by("user__username", "role")
        return self.prefetch_related(models.Prefetch("members", queryset=members))


class Project(models.Model):
    """What a team labels: members, one Labeling Config, tasks."""

    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    labeling_config = models.TextField(default=EMPTY_CONFIG, editable=False)
    config_version = models.PositiveIntegerField(default=1, editable=False)
    config_changed_at = models.DateTimeField(default=timezone.now, editable=False)
    config_changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    annotators_take_next = models.BooleanField(
        "annotators may take the next unassigned task",
        default=False,
        help_text="Annotators then also see tasks that nobody is assigned to.",
    )
    next_task_order = models.CharField(
        "order of the next task",
        max_length=8,
        choices=NextTaskOrder.choices,
        default=NextTaskOrder.IMPORTED,
        help_text='What "Next task" gives first. Doubtful: lowest confidence, then models that disagree.',
    )
    measure_time = models.BooleanField(
        "measure the time spent",
        default=True,
        help_text="Completions then say how many seconds people worked on them.",
    )
    preannotate_imports = models.BooleanField(
        "preannotate what is imported",
        default=False,
        help_text="New tasks are preannotated with the newest ready deployment as soon as an import is through.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("projects:tasks", args=[self.pk])

    @classmethod
    def create(cls, *, owner: AbstractUser, **fields: Any) -> Project:
        """A new project with its one owner, together or not at all."""
        with transaction.atomic():
            project = cls.objects.create(**fields)
            project.members.create(user=owner, role=Role.OWNER)
            project.record_activity(owner, "created", f"created the project {project.name}")
        return project

    def record_activity(self, by: AbstractUser | None, verb: str, words: str) -> None:
        """As `Activity.objects.record`, which this module can't import."""
        self.activities.record(self, by, verb, words)

    @property
    def owner(self) -> AbstractUser | None:
        member = self.members.filter(role=Role.OWNER).select_related("user").first()
        return member.user if member else None

    def parsed_config(self) -> LabelingConfig:
        """The stored config; raises ConfigRefused where what is stored no longer parses."""
        outcome = parse(self.labeling_config)
        if outcome.config is None:
            raise ConfigRefused(outcome.problems)
        return outcome.config

    def config_problems(self, xml: str | bytes) -> tuple[ConfigProblem, ...]:
        """All that stands against saving this XML here: its own problems, then those of
        `settings.LABELING_CONFIG_VALIDATORS`, each a function `(project, config) -> iterable of ConfigProblem`."""
        outcome = parse(xml)
        if outcome.config is None:
            return outcome.problems
        found = list(outcome.problems)
        for path in settings.LABELING_CONFIG_VALIDATORS:
            found.extend(import_string(path)(self, outcome.config))
        return tuple(sorted(found, key=lambda problem: problem.line or 0))

    def set_labeling_config(
        self,
        xml: str | bytes,
        by: AbstractUser | None,
        decisions: Mapping[LabelKey, Decision] | None = None,
        over: int | None = None,
    ) -> set[int]:
        """The one door through which a config enters a project. Returns the ids of the tasks whose regions changed.

        over: the version that this one was made from, None for whichever stands. Raises ConfigOvertaken where another
        one stands by now, ConfigRefused with every problem, and LabelsInUse where completions use what it removes and
        `decisions` don't say what becomes of that, or were made about other numbers; nothing is stored then.
        """
        with transaction.atomic():
            # Serialises with other savers, so that config_version counts every change once; imports go on meanwhile.
            locked = Project.objects.select_for_update(no_key=True).get(pk=self.pk)
            if over not in (None, locked.config_version):
                raise ConfigOvertaken
            problems = self.config_problems(xml)
            if problems:
                raise ConfigRefused(problems)
            text = xml.decode() if isinstance(xml, bytes) else xml
            changed, words = locked._adapt(text, decisions or {})
            self._store_config(text, by)
            self.refresh_from_db(fields=["config_version"])
            self.record_activity(by, "config", f"saved Labeling Config version {self.config_version}: {words}")
        return changed

    def change_to(self, xml: str) -> Change | None:
        """From the stored config to this one; None where one of them can't be read."""
        before, after = parse(self.labeling_config).config, parse(xml).config
        return Change(before, after) if before and after else None

    def _adapt(self, xml: str, decisions: Mapping[LabelKey, Decision]) -> tuple[set[int], str]:
        """Ids of the tasks whose regions changed, and the words of the activity log."""
        change = self.change_to(xml)
        if change is None:
            return set(), "the one before could not be read"
        decided = standing(self.pk, change, decisions)
        if decided.undecided:
            raise LabelsInUse(decided.undecided, change)
        changed = adapt(self.pk, change, decided)
        return changed, log_words(change, decided.decisions, len(changed))

    def _store_config(self, xml: str, by: AbstractUser | None) -> None:
        self.labeling_config, self.config_changed_at, self.config_changed_by = xml, timezone.now(), by
        Project.objects.filter(pk=self.pk).update(
            labeling_config=xml,
            config_version=models.F("config_version") + 1,
            config_changed_at=self.config_changed_at,
            config_changed_by=by,
        )


class Member(models.Model):
    """One role of one person in one project; a person may hold several."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role.choices)
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "user", "role"], name="member_once_per_role"),
            models.UniqueConstraint(fields=["project"], condition=models.Q(role="owner"), name="one_owner_per_project"),
        ]

    def __str__(self) -> str:
        return f"{self.user} as {self.get_role_display()} of {self.project}"
