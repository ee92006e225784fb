"""What the editor's browser tests share: a task with a prediction, and the moves that people make."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect

from projects.models import Completion, Project, Task
from projects.results import Region, choices_region
from tests.projects.rows import make_tasks, predict, span

CONFIG = """<View>
  <Labels name="label" toName="text">
    <Label value="DRUG" background="#2f7ed8" hotkey="d"/>
    <Label value="DOSAGE" background="#c2410c" hotkey="o"/>
    <Label value="PROBLEM" hotkey="p"/>
    <Label value="absent" assertion="true" hotkey="a"/>
    <Label value="possible" assertion="true"/>
  </Labels>
  <Choices name="kind" toName="text" choice="single">
    <Choice value="discharge" hotkey="1"/><Choice value="note"/>
  </Choices>
  <Choices name="sure" toName="text" perRegion="true"><Choice value="high" hotkey="h"/><Choice value="low"/></Choices>
  <Relations><Relation value="has dose" allowed="DRUG&gt;DOSAGE"/></Relations>
  <Text name="text" value="$text"/>
</View>"""
TEXT = "😀 No nausea.\r\nGiven aspirin 100 mg; aspirin was well tolerated.\r\nשלום 👨🏻‍🚒 metformin 𝒳 later."


def place(word: str, after: int = 0) -> tuple[int, int]:
    start = TEXT.index(word, after)
    return start, start + len(word)


def region(word: str, label: str = "DRUG", after: int = 0, **fields: Any) -> Region:
    return span(TEXT, *place(word, after), label, **fields)


def prepared(project: Project, *result: Region, text: str = TEXT, **fields: Any) -> Task:
    """A task of a project with CONFIG; with regions, also with a prediction that has them."""
    Project.objects.filter(pk=project.pk).update(labeling_config=CONFIG)
    task = make_tasks(project, text)[0]
    if result:
        predict(task, list(result), **fields)
    return task


def suggested() -> list[Region]:
    """nausea (absent), aspirin and its dose, and a class of the text."""
    return [
        region("nausea", "PROBLEM", region_id="n", confidence=0.4),
        region("nausea", "absent", region_id="s", parent_id="n", confidence=0.8, model="assertion_problem"),
        region("aspirin", "DRUG", region_id="a"),
        region("100 mg", "DOSAGE", region_id="m"),
        choices_region("kind", "text", region_id="k", choices=["discharge"], confidence=0.9, model="kinds"),
    ]


def select(page: Page, word: str) -> None:
    """Puts the page's selection around the first occurrence, as dragging would leave it."""
    page.locator("#text").focus()
    page.evaluate(
        """word => {
          const walker = document.createTreeWalker(document.getElementById('text'), NodeFilter.SHOW_TEXT);
          for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            const start = node.data.indexOf(word);
            if (start >= 0) return getSelection().setBaseAndExtent(node, start, node, start + word.length);
          }
        }""",
        word,
    )
    page.wait_for_timeout(50)


def middle(page: Page, word: str) -> tuple[float, float]:
    """Of the first occurrence, on the screen; nothing is selected afterwards."""
    select(page, word)
    box = """() => {
      const box = getSelection().getRangeAt(0).getBoundingClientRect();
      return [box.x + box.width / 2, box.y + box.height / 2];
    }"""
    x, y = page.evaluate(box)
    page.evaluate("getSelection().removeAllRanges()")
    return x, y


def click_on(page: Page, word: str, times: int = 1) -> None:
    """The mouse on the middle of the first occurrence."""
    page.mouse.click(*middle(page, word), click_count=times)
    page.wait_for_timeout(50)


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def saved(page: Page, within: float | None = None) -> None:
    """Waits until the page itself has saved; "Saved" alone stands there when it opens on a draft."""
    expect(page.locator("#save-state")).to_contain_text(re.compile(r"Saved \d"), timeout=within)


def spans(completion: Completion) -> list[tuple[str, str]]:
    """(label, text) of each region with a place, in the order of the text; the text as stored at its offsets."""
    values = [item["value"] for item in completion.result if "labels" in item.get("value", {})]
    values.sort(key=lambda value: (value["start"], -value["end"], value["labels"]))
    return [(value["labels"][0], completion.task.text[value["start"] : value["end"]]) for value in values]


def only(task: Task) -> Completion:
    return Completion.objects.get(task=task)
