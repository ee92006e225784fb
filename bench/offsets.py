"""Whether every region stands where it says, from the import to the export, in any text.

Takes the `text` of each line of JSON-lines files, plants findable names between its characters, and takes it through
import, a run of a real model, the task page in a browser, and export in every dialect. At each station the text of each
region is compared with the slice of the text that was given. Uses the product that runs here, or starts the demo and
stops it again. Works in a project of its own, and removes it.
"""

from __future__ import annotations

import argparse
import io
import json
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from bench._planting import Planted, names_per_text, plant
from bench._product import running
from preannotation.models import Deployment, NlpModel, PreannotationRun
from projects.exchange import DIALECTS, checked_export, import_file
from projects.models import ImportReport, Prediction, Project, Task

MODEL = "ner_posology"
NAME_LABEL = "DRUG"
SEED = 4
SHOWN_MISMATCHES = 10
PAINT_MS = 10_000
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
# All that the page shows: the text as one string, each region's marks put together, the lines of the list of regions
# that are in sight. Marks that are out of sight are painted when the browser is idle.
READ_PAGE = """() => {
  const regions = {};
  for (const mark of document.querySelectorAll('#text mark'))
    for (const number of mark.dataset.regions.split(' '))
      regions[number] = (regions[number] || '') + mark.textContent;
  const lines = {};
  for (const row of document.querySelectorAll('#regions [data-region]'))
    lines[row.dataset.region] = row.querySelector('.region-text').textContent;
  return {text: document.getElementById('text').textContent, regions, lines};
}"""
ALL_PAINTED = """count => {
  const marks = [...document.querySelectorAll('#text mark')];
  return new Set(marks.flatMap(mark => mark.dataset.regions.split(' '))).size >= count;
}"""

Span = tuple[int, int, str]


class Findings:
    """Mismatches, counted by station; the first ones are printed."""

    def __init__(self) -> None:
        self.by_station: Counter[str] = Counter()

    def expect(self, station: str, task: object, expected: object, found: object) -> None:
        if expected == found:
            return
        self.by_station[station] += 1
        if self.by_station.total() <= SHOWN_MISMATCHES:
            print(f"MISMATCH {station}, task {task}: expected {expected!r:.200}, found {found!r:.200}")


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench offsets", description=__doc__)
    parser.add_argument("--texts", type=Path, nargs="+", action="extend", required=True, help="files or folders")
    options = parser.parse_args(argv)
    texts = list(_texts(options.texts))
    if not texts:
        print('No file given has a line with "text".', file=sys.stderr)
        return 2
    random = Random(SEED)
    planted = [plant(text, names_per_text(len(texts)), random) for text in texts]
    with running() as address:
        user = User.objects.filter(is_superuser=True).order_by("pk").first()
        if not user or not NlpModel.objects.usable().filter(name=MODEL).exists():
            print(f"The registry has no {MODEL}: start `make demo` first, and leave it running.", file=sys.stderr)
            return 1
        project = _project(user)
        try:
            return _measure(project, user, planted, address)
        finally:
            PreannotationRun.objects.filter(project=project).delete()
            Deployment.objects.filter(project=project).delete()
            project.delete()


def _measure(project: Project, user: User, planted: list[Planted], address: str) -> int:
    findings = Findings()
    report = _imported(project, user, planted)
    given = {text.text: text.spans for text in planted}
    print(f"imported {report.imported} tasks; {report.skipped} were there already, {report.refused} refused")
    _preannotated(project)
    predictions = Prediction.objects.shown().filter(task__project=project).select_related("task")
    stored = {prediction.task: _spans(prediction.result) for prediction in predictions}
    found = 0
    for task, spans in stored.items():
        findings.expect("import", task.pk, True, task.text in given)
        for start, end, text in spans:
            findings.expect("stored", task.pk, task.text[start:end], text)
        found += len({(start, end) for start, end, _ in spans} & set(given.get(task.text, ())))
    print(f"{sum(map(len, stored.values()))} regions stored")
    began = time.monotonic()
    _check_pages(project, user, stored, address, findings)
    print(f"{len(stored)} pages read in {time.monotonic() - began:.0f} s")
    for dialect in DIALECTS:
        _check_export(project, dialect, stored, findings)
    answer = {
        "bench": "offsets",
        "regions": sum(map(len, stored.values())),
        "mismatches": findings.by_station.total(),
        "by_station": dict(findings.by_station),
        "texts": len(stored),
        "refused": report.refused,
        "names_planted": sum(len(given.get(task.text, ())) for task in stored),
        "names_found": found,
        "failed_tasks": project.tasks.filter(preannotation_state="failed").count(),
    }
    print(json.dumps(answer))
    return 0 if not answer["mismatches"] else 1


def _texts(paths: Iterable[Path]) -> Iterator[str]:
    for path in paths:
        for file in sorted(path.glob("*.jsonl")) if path.is_dir() else [path]:
            # By line feeds only: a text may hold what Python, too, takes for the end of a line.
            for line in file.read_bytes().split(b"\n"):
                row = json.loads(line) if line.strip() else {}
                if isinstance(row.get("text"), str):
                    yield row["text"]


def _project(user: User) -> Project:
    model = NlpModel.objects.usable().filter(name=MODEL).newest().get()
    labels = "".join(f'<Label value="{label}" model="{MODEL}"/>' for label in model.labels)
    config = f'<View><Labels name="label" toName="text">{labels}</Labels><Text name="text" value="$text"/></View>'
    with transaction.atomic():
        project = Project.create(owner=user, name=f"Benchmark of offsets {int(time.time())}")
        project.set_labeling_config(config, user)
    return project


def _imported(project: Project, user: User, planted: list[Planted]) -> ImportReport:
    rows = json.dumps([{"text": text.text} for text in planted], ensure_ascii=False).encode("utf-8", "surrogatepass")
    return import_file(project, io.BytesIO(rows), "offsets.json", user)


def _preannotated(project: Project) -> None:
    for command in ("deploy", "preannotate"):
        began = time.monotonic()
        try:
            call_command(command, str(project.pk), "--wait", "--json", stdout=io.StringIO())
        except CommandError as error:
            sys.exit(f"{command}: {error}")
        print(f"{command}: {time.monotonic() - began:.0f} s")


def _spans(result: list[dict[str, Any]]) -> list[Span]:
    """(start, end, text) of each region with a place, outer ones first, as the task page numbers them."""
    values = [region["value"] for region in result if "start" in region.get("value", {})]
    return sorted(((v["start"], v["end"], v["text"]) for v in values), key=lambda span: (span[0], -span[1]))


def _check_pages(
    project: Project, user: User, stored: dict[Task, list[Span]], address: str, findings: Findings
) -> None:
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    cookies = [{"name": name, "value": morsel.value, "url": address} for name, morsel in client.cookies.items()]
    system = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=system, args=list(FLAGS))
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.add_cookies(cookies)
        page = context.new_page()
        for task, spans in stored.items():
            _check_page(page, address + reverse("projects:task", args=[project.pk, task.pk]), task, spans, findings)
        browser.close()


def _check_page(page: Page, url: str, task: Task, spans: list[Span], findings: Findings) -> None:
    page.goto(url, wait_until="domcontentloaded")
    # What is never painted shows as a mismatch below.
    with suppress(PlaywrightTimeout):
        page.wait_for_function(ALL_PAINTED, arg=len(spans), timeout=PAINT_MS)
    shown = page.evaluate(READ_PAGE)
    slices = [task.text[start:end] for start, end, _ in spans]
    findings.expect("page text", task.pk, task.text, shown["text"])
    for number, line in shown["lines"].items():
        findings.expect("page list", task.pk, slices[int(number) - 1], line)
    findings.expect("page marks", task.pk, len(slices), len(shown["regions"]))
    for number, text in enumerate(slices, 1):
        findings.expect("page marks", task.pk, text, shown["regions"].get(str(number)))


def _check_export(project: Project, dialect: str, stored: dict[Task, list[Span]], findings: Findings) -> None:
    tasks = Task.objects.filter(project=project)
    with checked_export(tasks, dialect) as file:
        exported = json.load(file)
    expected = Counter(task.text for task in stored)
    findings.expect(f"export {dialect}", "all", expected, Counter(item["data"]["text"] for item in exported))
    by_text = {task.text: spans for task, spans in stored.items()}
    for item in exported:
        text = item["data"]["text"]
        spans = [span for prediction in item["predictions"] for span in _spans(prediction["result"])]
        findings.expect(f"export {dialect}", item["id"], by_text.get(text), spans)
        for start, end, said in spans:
            findings.expect(f"export {dialect}", item["id"], text[start:end], said)
