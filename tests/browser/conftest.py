"""A real browser on the whole running product: gunicorn, workers, PostgreSQL, Spark and the sample models."""

import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

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


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
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
