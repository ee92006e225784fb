"""The demo: people of every role, a project with tasks, who annotates and reviews them."""

from __future__ import annotations

import io
import json
import secrets
from pathlib import Path

from django.contrib.auth.models import User
from django.db import transaction

from demo.sample_models import demo_notes
from preannotation.config_edit import Addition, add_labels
from preannotation.models import NlpModel
from projects.exchange import import_file
from projects.models import Assignment, Project, Task
from projects.models.project import EMPTY_CONFIG, Role

PROJECT_NAME = "Clinical notes (demo)"
PEOPLE = (
    ("owner", Role.OWNER),
    ("manager", Role.MANAGER),
    ("reviewer", Role.REVIEWER),
    ("annotator", Role.ANNOTATOR),
    ("stranger", None),
)
ADMIN = "admin"
NOTES = 240
FIRST_RUN = 60
MODELS = ("ner_posology", "ner_clinical", "assertion_problem", "classification_note_kind")


def demo_password(var_dir: Path) -> str:
    """One password for all demo users, made once for this installation, because the demo may be reachable by others."""
    path = var_dir / "demo-password"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(f"demo-{secrets.token_hex(4)}\n")
    return path.read_text().strip()


def people(password: str) -> dict[str, User]:
    """The demo users by name, made where they are missing; passwords that somebody changed stay."""
    users = {}
    for name in (*(name for name, _ in PEOPLE), ADMIN):
        user, created = User.objects.get_or_create(
            username=name, defaults={"is_staff": name == ADMIN, "is_superuser": name == ADMIN}
        )
        if created:
            user.set_password(password)
            user.save()
        users[name] = user
    return users


def labeling_config() -> str:
    """A config that asks all labels of the demo's models, written as the pipeline config widget writes it."""
    newest = {model.name: model for model in NlpModel.objects.usable().filter(name__in=MODELS).newest()}
    chosen = [newest[name] for name in MODELS]
    return add_labels(
        EMPTY_CONFIG, [Addition(model.name, model.kind, tuple(model.labels), model.multiple) for model in chosen]
    )


def demo_project(users: dict[str, User]) -> Project:
    """The demo project with its members, config and tasks; all of it, or nothing."""
    existing = Project.objects.filter(name=PROJECT_NAME).first()
    if existing:
        return existing
    with transaction.atomic():
        project = Project.create(
            owner=users["owner"],
            name=PROJECT_NAME,
            description="Made-up clinical notes, pre-annotated by the sample models.",
        )
        for name, role in PEOPLE:
            if role and role != Role.OWNER:
                project.members.create(user=users[name], role=role)
        project.set_labeling_config(labeling_config(), users["owner"])
        rows = [{"text": note.text, "title": note.title} for note in demo_notes(NOTES)]
        import_file(project, io.BytesIO(json.dumps(rows).encode()), "demo-notes.json", users["owner"])
        _assign(project, users)
    return project


def _assign(project: Project, users: dict[str, User]) -> None:
    ids = list(Task.objects.filter(project=project).order_by("pk").values_list("pk", flat=True))
    annotated, reviewed = ids[: len(ids) * 3 // 4], ids[: len(ids) // 2]
    role = Assignment.Role
    Assignment.objects.bulk_create(
        [Assignment(task_id=pk, user=users["annotator"], role=role.ANNOTATOR) for pk in annotated]
        + [Assignment(task_id=pk, user=users["reviewer"], role=role.REVIEWER) for pk in reviewed]
    )
