"""Items are made ahead when that is begun, in order, and errors come up where the item is asked for."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from projects.exchange.ahead import Ahead


def test_items_come_in_order_whether_begun_or_not():
    with Ahead(iter(range(4))) as numbers:
        found = []
        for number in numbers:
            found.append(number)
            if number % 2:
                numbers.begin()
                numbers.begin()
    assert found == [0, 1, 2, 3]


def test_the_next_item_is_made_when_begun_and_not_before():
    made: list[int] = []
    second = threading.Event()

    def items() -> Iterator[int]:
        for number in range(3):
            made.append(number)
            if number == 1:
                second.set()
            yield number

    with Ahead(items()) as numbers:
        following = iter(numbers)
        next(following)
        assert made == [0]
        numbers.begin()
        assert second.wait(10)
        assert made == [0, 1]
        assert next(following) == 1


def test_an_error_comes_up_where_the_item_is_asked_for():
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("broken off")

    with Ahead(items()) as numbers:
        following = iter(numbers)
        assert next(following) == 1
        numbers.begin()
        with pytest.raises(ValueError, match="broken off"):
            next(following)


def test_whoever_leaves_in_the_middle_leaves_no_maker_behind():
    started, let_go, through = threading.Event(), threading.Event(), []

    def items() -> Iterator[int]:
        yield 1
        started.set()
        let_go.wait(10)
        through.append(True)
        yield 2

    with pytest.raises(KeyError), Ahead(items()) as numbers:
        next(iter(numbers))
        numbers.begin()
        assert started.wait(10)
        let_go.set()
        raise KeyError
    assert through == [True]
