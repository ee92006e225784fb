"""The settings of a project: kept, and written down."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.forms import ModelForm

from projects.models import Activity, Project

LONG = ("description",)


def save_settings(form: ModelForm, by: AbstractUser | None) -> Project:
    """Store a valid form over a project; the log says which settings changed to what."""
    project: Project = form.save(commit=False)
    with transaction.atomic():
        write_settings(project, form, by)
    return project


def write_settings(project: Project, form: ModelForm, by: AbstractUser | None) -> None:
    """Store what a valid form has filled in, and write it down."""
    own = {field.name for field in Project._meta.concrete_fields}
    # Nothing else: the project was read without a lock, and a config may have been saved since.
    project.save(update_fields=[name for name in form.fields if name in own])
    said = [_changed(project, name) for name in form.changed_data if name in own]
    if said:
        Activity.objects.record(project, by, Activity.Verb.CREATED, f"changed the settings: {'; '.join(said)}")


def _changed(project: Project, name: str) -> str:
    field = Project._meta.get_field(name)
    if name in LONG:
        return str(field.verbose_name)
    value = getattr(project, name)
    if isinstance(value, bool):
        return f"{field.verbose_name}: {'on' if value else 'off'}"
    shown = getattr(project, f"get_{name}_display", lambda: value)()
    return f"{field.verbose_name}: {shown}"
