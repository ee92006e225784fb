"""A task page in a real browser with an empty cache: bytes over the wire, time to the text, time from key to paint.

Two tasks: a generated note with its regions, and a text of 200,000 characters with 5,000 regions, each in a completion
that the page opens. Uses the product that runs here, or starts the demo and stops it again. Works in a project of its
own, and removes it.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import statistics
import time
from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from bench._product import running
from demo.names import HELDOUT
from demo.notes import POSOLOGY, generate
from projects.digests import data_digest, digest
from projects.models import Completion, Prediction, Project, Task
from projects.results import Region, span_region

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
MOST_BYTES = 150_000
MOST_KEY_MS = 50.0
LENGTH = 200_000
REGIONS = 5_000
VISITS = 5
KEYS = 15
PATIENCE = 30.0
CONFIG = """<View>
  <Labels name="label" toName="text">
    <Label value="DRUG" background="#2f7ed8" hotkey="d"/>
    <Label value="DOSAGE" background="#c2410c" hotkey="o"/>
  </Labels>
  <Text name="text" value="$text"/>
</View>
"""
# When the text stood on the screen, and how long each key took until the frame behind it was painted.
WATCH = """() => {
  const look = () => {
    const text = document.getElementById("text");
    if (text && text.textContent.trim() && text.getBoundingClientRect().height) {
      requestAnimationFrame(() => { window.textVisible = performance.now(); });
    } else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
  window.keyTimes = [];
  addEventListener("keydown", (event) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => window.keyTimes.push(performance.now() - event.timeStamp);
    requestAnimationFrame(() => channel.port2.postMessage(0));
  }, true);
}"""

# A word without a region, always another one.
SELECT = """(number) => {
  const walker = document.createTreeWalker(document.getElementById("text"), NodeFilter.SHOW_TEXT);
  let left = number * 3;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.parentElement.closest("mark")) continue;
    for (const word of node.data.matchAll(/[a-z]{4,}/gi)) {
      if (left-- === 0) return getSelection().setBaseAndExtent(node, word.index, node, word.index + word[0].length);
    }
  }
}"""


def main(argv: list[str]) -> int:
    argparse.ArgumentParser(prog="python -m bench editor", description=__doc__).parse_args(argv)
    with running() as address:
        user = User.objects.filter(is_superuser=True).order_by("pk").first() or User.objects.create_user("bench-editor")
        project = _project(user)
        try:
            figures = _measure(project, user, address)
        finally:
            project.delete()
    print(json.dumps(figures))
    too_slow = max(figures["key_to_paint_ms"], figures["long_key_to_paint_ms"]) > MOST_KEY_MS
    return 1 if too_slow or figures["bytes"] > MOST_BYTES else 0


def _measure(project: Project, user: User, address: str) -> dict[str, Any]:
    short, long = project.tasks.order_by("pk")
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    cookies = [{"name": name, "value": morsel.value, "url": address} for name, morsel in client.cookies.items()]
    system = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    figures: dict[str, Any] = {"bench": "editor"}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=system, args=list(FLAGS))
        for prefix, task in (("", short), ("long_", long)):
            url = address + reverse("projects:task", args=[project.pk, task.pk])
            visits = [_visit(browser, cookies, url) for _ in range(VISITS)]
            keys = sorted(_keys(browser, cookies, url))
            figures |= {
                f"{prefix}bytes": max(size for size, _ in visits),
                f"{prefix}text_visible_ms": round(statistics.median(visible for _, visible in visits), 1),
                f"{prefix}key_to_paint_ms": round(statistics.median(keys), 1),
                f"{prefix}slowest_key_ms": round(keys[-1], 1),
            }
            print(f"task of {len(task.text)} characters: {VISITS} visits, {len(keys)} labels given by key")
        browser.close()
    return figures


def _visit(browser: Browser, cookies: list[Any], url: str) -> tuple[int, float]:
    """Bytes over the wire until the network is quiet, and milliseconds until the text is there."""
    page, wire = _opened(browser, cookies, url)
    visible = float(page.evaluate("window.textVisible"))
    page.context.close()
    return sum(wire), visible


def _opened(browser: Browser, cookies: list[Any], url: str) -> tuple[Page, list[int]]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_cookies(cookies)
    page = context.new_page()
    page.add_init_script(f"({WATCH})()")
    session: CDPSession = context.new_cdp_session(page)
    wire: list[int] = []
    session.on("Network.loadingFinished", lambda event: wire.append(int(event["encodedDataLength"])))
    session.send("Network.enable")
    page.goto(url, wait_until="networkidle")
    _until(page, "window.textVisible > 0")
    return page, wire


def _keys(browser: Browser, cookies: list[Any], url: str) -> Iterator[float]:
    """Milliseconds from the hotkey of a label, pressed on a selected word, to the paint with the new region."""
    page, _ = _opened(browser, cookies, url)
    page.wait_for_selector("button[data-do=save]:not(:disabled)")
    page.locator("#text").focus()
    for number in range(KEYS):
        before = _count(page)
        page.evaluate(SELECT, number)
        page.wait_for_timeout(50)
        page.evaluate("window.keyTimes.length = 0")
        page.keyboard.press("d")
        _until(page, "window.keyTimes.length > 0")
        if _count(page) <= before:
            raise SystemExit(f"The key gave no region in step {number + 1} of {url}.")
        yield float(page.evaluate("window.keyTimes[0]"))
    page.context.close()


def _until(page: Page, condition: str) -> None:
    """The browser's own waiting needs eval, which the pages' policy forbids."""
    deadline = time.monotonic() + PATIENCE
    while not page.evaluate(condition):
        if time.monotonic() > deadline:
            raise SystemExit(f"{page.url} never came to {condition}.")
        page.wait_for_timeout(10)


def _count(page: Page) -> int:
    words = page.locator("#region-count").text_content() or ""
    return int(words.split()[0].replace(",", ""))


def _project(user: User) -> Project:
    with transaction.atomic():
        project = Project.create(owner=user, name=f"Benchmark of the editor {int(time.time())}")
        project.set_labeling_config(CONFIG, user)
        for text, result in (_note(), _long()):
            task = Task.objects.create(
                project=project,
                title=f"{len(text)} characters",
                text=text,
                text_hash=digest(text),
                data_hash=data_digest({"text": text}),
            )
            person = {"user": user, "username": user.get_username()}
            Completion.objects.create(task=task, **person, result=result, copied_from="", note="", set_aside=[])
            source = {"source_key": digest("bench"), "model_version": "ner_bench 1"}
            Prediction.objects.create(task=task, text_hash=task.text_hash, result=result, **source)
    return project


def _note() -> tuple[str, list[Region]]:
    note = generate(1, 5, HELDOUT)[0]
    spans = [(entity.start, entity.end) for entity in note.entities if entity.layer == POSOLOGY]
    return note.text, _regions(note.text, spans)


def _long() -> tuple[str, list[Region]]:
    """Notes one below the other; every region covers one or two words, some lie in others."""
    text = "\n\n".join(note.text for note in generate(LENGTH // 400, 6, HELDOUT))[:LENGTH]
    words = [(match.start(), match.end()) for match in re.finditer(r"\w+", text)]
    step = len(words) // REGIONS
    spans = [(words[place][0], words[place + place % 2][1]) for place in range(0, step * REGIONS, step)]
    return text, _regions(text, spans)


def _regions(text: str, spans: list[tuple[int, int]]) -> list[Region]:
    return [
        span_region(
            "label", "text", region_id=f"r{number}", start=start, end=end, text=text[start:end],
            label=("DRUG", "DOSAGE")[number % 2], confidence=0.9, object_field="text", model="ner_bench", version=1,
        )
        for number, (start, end) in enumerate(spans)
    ]  # fmt: skip
