"""Makes the pictures of README.md from a running demo: `.venv/bin/python docs/screenshots.py`, after `make demo`.

Needs the packages of requirements-dev.txt and a Chromium.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
ADDRESS = "http://" + os.environ.get("ANNOTATIONLAB_BIND", "127.0.0.1:8000")
SELECTED = 4
SUBMITTED = 12


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        size = {"width": 1280, "height": 800}
        work(browser.new_context(base_url=ADDRESS, viewport=size).new_page())
        page = browser.new_context(base_url=ADDRESS, viewport=size).new_page()
        log_in(page, "manager")
        page.get_by_role("link", name="Clinical notes (demo)").click()
        shoot_popup(page)
        page.locator("#task-rows a").nth(1).click()
        page.locator("#text mark").first.wait_for()
        shoot(page, "task")
        page.get_by_role("link", name="Setup").click()
        page.locator("#model-widget").wait_for()
        shoot(page, "setup")
        page.get_by_role("link", name="Overview").click()
        page.locator(".overview").wait_for()
        shoot(page, "overview")
        browser.close()


def work(page: Page) -> None:
    """An annotator's morning, so that there is something to count: suggestions rejected here and there, then the rest
    accepted."""
    log_in(page, "annotator")
    page.get_by_role("link", name="Clinical notes (demo)").click()
    page.get_by_role("link", name="Next task").click()
    for number in range(SUBMITTED):
        page.locator("button[data-do=save]:not(:disabled)").wait_for()
        for _ in range(number % 4):
            page.locator("#text").focus()
            page.keyboard.press("Tab")
            page.keyboard.press("Delete")
        address = page.url
        page.get_by_role("button", name="Accept and submit").click()
        page.wait_for_url(lambda url, left=address: url != left)


def log_in(page: Page, name: str) -> None:
    page.goto("/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill((ROOT / "var" / "demo-password").read_text().strip())
    page.get_by_role("button", name="Log in").click()


def shoot_popup(page: Page) -> None:
    boxes = page.locator("input[name=task]")
    for number in range(SELECTED):
        boxes.nth(number).check()
    page.get_by_role("button", name="Preannotate").click()
    page.get_by_role("dialog").wait_for()
    shoot(page, "popup")
    page.keyboard.press("Escape")
    for number in range(SELECTED):
        boxes.nth(number).uncheck()


def shoot(page: Page, name: str) -> None:
    page.wait_for_timeout(800)
    page.screenshot(path=IMAGES / f"{name}.png")


if __name__ == "__main__":
    main()
