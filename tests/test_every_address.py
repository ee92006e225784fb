"""Every address of a project, read from the URLs, asked by people who have no business there."""

from collections.abc import Iterable, Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse

import preannotation.urls
import projects.urls
from projects.models import Completion
from tests.conftest import client_of
from tests.projects.rows import make_tasks, predict

# Answered before the project is looked at: a method that an address does not take.
WRONG_METHOD = 405


def addresses() -> Iterator[tuple[str, tuple[str, ...]]]:
    """(name, its arguments) of all that lies below a project."""
    for module in (projects.urls, preannotation.urls):
        for name, route, arguments in below(module.urlpatterns):
            if "pk" in arguments and "operations" not in route:
                yield f"{module.app_name}:{name}", arguments


def below(patterns: Iterable[URLPattern | URLResolver]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """(name, route, its arguments) of each pattern, and of those that it includes."""
    for pattern in patterns:
        route, arguments = str(pattern.pattern), tuple(pattern.pattern.converters)
        if isinstance(pattern, URLPattern):
            yield str(pattern.name), route, arguments
        else:
            for name, rest, more in below(pattern.url_patterns):
                yield name, route + rest, arguments + more


ADDRESSES = sorted(addresses())


@pytest.fixture
def numbers(project, owner) -> dict[str, object]:
    """An argument for each converter; tasks and completions are there, so that only the person is wrong."""
    task = make_tasks(project, "one")[0]
    completion = Completion.objects.create(task=task, user=owner, username="olga")
    there = {"pk": project.pk, "task_pk": task.pk, "completion_pk": completion.pk, "user_pk": owner.pk}
    return {"verb": "tag", "prediction_pk": predict(task, []).pk} | there


def answers(client: Client, numbers: dict[str, object]) -> dict[str, set[int]]:
    """What asking and sending bring, by address."""
    found = {}
    for name, arguments in ADDRESSES:
        address = reverse(name, kwargs={argument: numbers.get(argument, 1) for argument in arguments})
        found[name] = {client.get(address).status_code, client.post(address).status_code} - {WRONG_METHOD}
    return found


def test_a_stranger_finds_nothing_whether_asking_or_sending(numbers, outsider):
    assert answers(client_of(outsider), numbers) == {name: {404} for name, _ in ADDRESSES}


def test_a_project_that_is_not_there_looks_as_one_of_strangers(numbers, owner):
    assert answers(client_of(owner), numbers | {"pk": 10**9}) == {name: {404} for name, _ in ADDRESSES}


def test_whoever_is_not_signed_in_learns_nothing(numbers):
    found = answers(Client(), numbers)
    assert {name for name, codes in found.items() if not codes or codes - {302, 401}} == set()
