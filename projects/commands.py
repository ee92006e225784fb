"""Whom and what an operator's command is about."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser, User
from django.core.management.base import CommandError

from projects.models import Project


def project_of(wanted: str) -> Project:
    """The project of this exact name or number. Raises CommandError where none, or more than one, is meant."""
    found = list(Project.objects.filter(name=wanted)[:2])
    if wanted.isascii() and wanted.isdigit():
        found = found or list(Project.objects.filter(pk=int(wanted)))
    if len(found) != 1:
        what = "More than one project is" if found else "No project has the number or is"
        raise CommandError(f'{what} called "{wanted}". Give the number that stands in its address.')
    return found[0]


def user_of(name: str | None, project: Project) -> AbstractUser | None:
    """The user named, else the project's owner. Raises CommandError."""
    return named_user(name) if name else project.owner


def named_user(name: str) -> AbstractUser:
    user = User.objects.filter(username=name).first()
    if not user:
        raise CommandError(f'There is no user "{name}".')
    return user
