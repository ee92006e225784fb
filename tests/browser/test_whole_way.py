"""From logging in to regions on a task, as people do it."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.spark]

TEXTS = (
    "MEDICATIONS\r\nAspirin 100 mg orally once daily for two weeks. 😀 No fever.",
    "Seen for chest pain. Denies nausea.\n\nPlan: metformin 500 mg tablets twice daily.",
    "",
)


def widget_model(page: Page, name: str):
    return page.locator("#model-widget .model", has=page.get_by_text(name, exact=True))


def new_project(page: Page, name: str) -> None:
    page.get_by_role("link", name="New project").click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Create project").click()


def add_models(page: Page, *names: str) -> None:
    for name in names:
        widget_model(page, name).get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".widget-message")).to_contain_text("Save to keep them")


def write_labels(page: Page, *models: str) -> None:
    """Into the editor by hand: the widget rules out what the limits forbid."""
    labels = "".join(f'<Label value="DRUG_{n}" model="{m}" predicted_values="DRUG"/>' for n, m in enumerate(models))
    text = '<Text name="text" value="$text"/>'
    page.locator("#labeling-config").fill(f'<View><Labels name="l" toName="text">{labels}</Labels>{text}</View>')


def save(page: Page) -> None:
    page.get_by_role("button", name="Save").click()


def import_texts(page: Page) -> None:
    page.get_by_role("link", name="Import", exact=True).click()
    rows = [{"text": text, "title": f"Note {number}"} for number, text in enumerate(TEXTS)]
    page.get_by_label("File").set_input_files(
        {"name": "notes.json", "mimeType": "application/json", "buffer": json.dumps(rows).encode()}
    )
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_role("heading", name=re.compile("notes.json"))).to_be_visible()


def test_a_manager_goes_from_an_empty_project_to_regions_on_a_task(log_in):
    page = log_in("manager")
    new_project(page, "Whole way")
    page.get_by_role("link", name="Setup").click()
    add_models(page, "ner_posology", "ner_clinical", "assertion_problem", "classification_note_kind")
    expect(page.locator("#labeling-config")).to_have_value(re.compile('value="DRUG" model="ner_posology"'))
    save(page)
    expect(page.get_by_text("Version 2 by manager")).to_be_visible()
    import_texts(page)

    page.get_by_role("link", name="Tasks", exact=True).click()
    page.wait_for_load_state()
    page.get_by_label("Select all tasks of this page").check()
    page.get_by_role("button", name="Preannotate").click()
    popup = page.get_by_role("dialog")
    expect(popup.get_by_text("Nothing has been deployed in this project yet.")).to_be_visible()
    start = popup.get_by_role("button", name="Preannotate 3 tasks")
    expect(start).to_be_disabled()
    popup.get_by_role("button", name="Deploy").click()
    expect(popup.get_by_text("Ready", exact=True)).to_be_visible(timeout=120_000)
    expect(popup.get_by_role("row", name=re.compile("ner_posology"))).to_contain_text("DRUG")
    start.click()
    expect(popup.get_by_role("progressbar")).to_be_visible()
    expect(popup.get_by_text("Done", exact=True)).to_be_visible(timeout=120_000)
    expect(popup.get_by_text("2 with regions")).to_be_visible()
    page.keyboard.press("Escape")
    expect(popup).to_be_hidden()
    expect(page.get_by_role("button", name="Preannotate")).to_be_focused()

    expect(page.locator("#task-rows").get_by_text(re.compile(r"\d+ regions"))).to_have_count(2)
    expect(page.locator("#task-rows").get_by_text("None found")).to_have_count(1)
    page.get_by_role("link", name="Note 0").click()
    expect(page.locator("#text mark").first).to_be_visible()
    shown = page.evaluate("document.getElementById('text').textContent")
    assert shown == TEXTS[0]
    assert page.locator("#regions .region").count() > 0


def test_six_models_and_two_embeddings_show_their_errors_and_are_not_saved(log_in):
    page = log_in("manager")
    new_project(page, "Limits")
    page.get_by_role("link", name="Setup").click()
    write_labels(page, "ner_posology", "ner_medication_128")
    save(page)
    problems = page.locator("#config-problems")
    expect(problems).to_contain_text("trained on different embeddings and cannot be combined")
    expect(problems).to_contain_text("ner_posology (embeddings_notes_100)")
    expect(problems).to_contain_text("ner_medication_128 (embeddings_notes_128)")
    expect(page.locator("#labeling-config")).to_have_value(re.compile("ner_medication_128"))
    page.goto(page.url)
    expect(page.get_by_text(re.compile("^Version 1"))).to_be_visible()
    write_labels(page, *(f"model_{number}" for number in range(6)))
    save(page)
    expect(problems).to_contain_text("The config names 6 models")
    expect(problems).to_contain_text("A deployment holds at most 5. Take out 1 of them.")
    page.goto(page.url)
    expect(page.get_by_text(re.compile("^Version 1"))).to_be_visible()


def test_an_annotator_has_no_button_and_is_refused_and_a_stranger_finds_nothing(log_in, stack):
    demo = stack.query("Project.objects.get(name__contains='demo').pk")
    annotator = log_in("annotator")
    annotator.goto(f"/projects/{demo}/")
    expect(annotator.get_by_role("heading", name="Tasks")).to_be_visible()
    expect(annotator.get_by_role("button", name="Preannotate")).to_have_count(0)
    assert annotator.goto(f"/projects/{demo}/preannotate/").status == 403
    stranger = log_in("stranger")
    assert stranger.goto(f"/projects/{demo}/").status == 404
    assert stranger.goto(f"/projects/{demo}/preannotate/").status == 404
