"""Whom and what an operator's command is about."""

from __future__ import annotations

from dataclasses import fields
from typing import Final
from urllib.parse import urlencode

from django.contrib.auth.models import AbstractUser, User
from django.core.management.base import CommandError
from django.http import QueryDict

from projects.models import Project
from projects.task_filter import LONGEST_VALUE, TaskFilter

NAMES: Final = frozenset(field.name for field in fields(TaskFilter))
# In the address of a list, but not of what it holds: order and page.
PLACES: Final = ("sort", "after", "before", "at", "last")
AS_ADDRESS: Final = 'Copy it from the address of the list, as in "state=failed".'


def project_of(wanted: str) -> Project:
    """The project of this exact name or number. Raises CommandError where none, or more than one, is meant."""
    found = list(Project.objects.filter(name=wanted)[:2])
    if wanted.isascii() and wanted.isdigit():
        found = found or list(Project.objects.filter(pk=int(wanted)))
    if len(found) != 1:
        what = "More than one project is" if found else "No project has the number or is"
        raise CommandError(f'{what} called "{wanted}". Give the number that stands in its address.')
    return found[0]


def filter_of(given: str) -> TaskFilter:
    """The filter that an address of the task list has, a leading "?" or not. What the list would leave out or cut is
    refused here, where nobody sees which tasks are meant. Raises CommandError."""
    address = QueryDict(given.strip().removeprefix("?"))
    found = TaskFilter.of(address)
    for name, values in address.lists():
        part = urlencode({name: values}, doseq=True)
        if name in PLACES:
            continue
        if len(values) > 1:
            raise CommandError(f'"{part}" asks for {name} more than once. Give one of them.')
        if name not in NAMES or (values[0].strip() and name not in found.given):
            raise CommandError(f'"{part}" is no filter of the task list. {AS_ADDRESS}')
        if len(values[0].strip()) > LONGEST_VALUE:
            raise CommandError(f"A filter takes {LONGEST_VALUE} characters at most, and {name} has more.")
    if not found.given:
        raise CommandError(f'The filter "{given}" leaves out no task. {AS_ADDRESS}')
    if found.search.problems:
        raise CommandError(" ".join(found.search.problems))
    return found


def user_of(name: str | None, project: Project) -> AbstractUser | None:
    """The user named, else the project's owner. Raises CommandError."""
    return named_user(name) if name else project.owner


def named_user(name: str) -> AbstractUser:
    user = User.objects.filter(username=name).first()
    if not user:
        raise CommandError(f'There is no user "{name}".')
    return user
