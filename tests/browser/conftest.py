"""A real browser on the whole running product: gunicorn, workers, PostgreSQL, Spark and the sample models."""

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.request import urlopen

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from projects.models import Task
from tests.browser.running import Door, Product, doorway
from tests.conftest import client_of
from tests.stack import Stack

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SLOW_MS = 60_000
# Pages take their time where the machine has other work; a test that passes never waits for it.
SEEN_MS = 20_000


def until(page: Page, met: Callable[[], bool], what: str) -> None:
    """While the page goes on; for what no `expect` sees."""
    deadline = time.monotonic() + SEEN_MS / 1000
    while not met():
        assert time.monotonic() < deadline, f"Waited {SEEN_MS / 1000:.0f} s for {what}."
        page.wait_for_timeout(20)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    # Playwright's loop runs in this thread from here on, and Django takes every query for one from within it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    expect.set_options(timeout=SEEN_MS)
    system = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=system, args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture
def log_in(browser: Browser, stack: Stack) -> Iterator[Callable[[str], Page]]:
    """Opens a window of its own for each person; any error in a page's console fails the test."""
    contexts = []
    errors: list[str] = []

    def opened(name: str, width: int = 1440) -> Page:
        context = browser.new_context(base_url=stack.url, viewport={"width": width, "height": 900})
        context.set_default_timeout(SLOW_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        # Leaving a changed config unsaved asks first.
        page.on("dialog", lambda dialog: dialog.accept())
        page.goto("/")
        page.get_by_label("Username").fill(name)
        page.get_by_label("Password").fill(stack.password)
        page.get_by_role("button", name="Log in").click()
        page.get_by_role("heading", name="Projects").wait_for()
        return page

    yield opened
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def product(stack: Stack) -> Iterator[Product]:
    """The running product's database. Deployments of the projects that are made with it are stopped in the end."""
    product = Product(stack)
    with product.connection:
        yield product
        product.stop_deployments(product.made)


@pytest.fixture
def door(product: Product) -> Iterator[Door]:
    """Shut: runs wait at it."""
    with doorway(product) as door:
        door.shut()
        yield door


def close(contexts: Sequence[BrowserContext], server: LiveServer) -> None:
    """Closes all that are open. What their pages still sent would meet a database that is being emptied: waits until
    the server has ended it."""
    for context in contexts:
        context.set_offline(True)
        context.close()
    # Connections are taken in their order, each by a thread of its own: all that were made before this one have theirs,
    # which ends with the connection.
    urlopen(f"{server.url}/static/css/app.css", timeout=SEEN_MS / 1000).close()
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            thread.join(SEEN_MS / 1000)
            assert not thread.is_alive(), f"A request went on for {SEEN_MS / 1000:.0f} s after its page was closed."


@pytest.fixture
def open_page(browser: Browser, live_server: LiveServer) -> Iterator[Callable[..., Page]]:
    """Opens an address for a person, in a window of its own, from a server without workers; any error of a script fails
    the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def opened(user: User, address: str, context: BrowserContext | None = None, **options: Any) -> Page:
        if context is None:
            size = {"width": 1440, "height": 900}
            context = browser.new_context(base_url=live_server.url, **({"viewport": size} | options))
            context.set_default_timeout(SEEN_MS)
            session = client_of(user).cookies["sessionid"].value
            context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
            contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(address)
        return page

    yield opened
    close(contexts, live_server)
    assert errors == []


@pytest.fixture
def open_task(open_page: Callable[..., Page]) -> Callable[..., Page]:
    """Opens a task's page, as `open_page` does, and waits for its text."""

    def opened(user: User, task: Task, query: str = "", **options: Any) -> Page:
        page = open_page(user, f"{task.get_absolute_url()}{query}", **options)
        page.locator("#text .block").first.wait_for()
        return page

    return opened
