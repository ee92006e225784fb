"""What a Labeling Config no longer has: suggestions of it are not copied, and drafts can do without it."""

import re

import pytest
from playwright.sync_api import expect

from projects.models import Completion, Project
from projects.results import choices_region
from tests.browser.editing import CONFIG, only, prepared, press, region, saved, select, spans, suggested

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

KIND = re.compile(r'<Choices name="kind".*?</Choices>', re.DOTALL)
SURE = re.compile(r'<Choices name="sure".*?</Choices>', re.DOTALL)
LESS = re.sub(r'<Label value="(PROBLEM|absent)"[^>]*>', "", KIND.sub("", CONFIG))
COUNT = "#suggestion-count"


def without(task, config, version=2):
    """Its predictions stay as they are."""
    Project.objects.filter(pk=task.project_id).update(labeling_config=config, config_version=version)
    return task


def relation(label, first="a", second="m"):
    return {"type": "relation", "from_id": first, "to_id": second, "direction": "right", "labels": [label]}


def test_copying_leaves_out_what_the_config_lacks_and_says_so(open_task, project, manager):
    task = without(prepared(project, *suggested()), LESS)
    page = open_task(manager, task)
    left_out = "the Labeling Config doesn't have PROBLEM, absent, kind"
    expect(page.locator(COUNT)).to_contain_text(f"; 3 can't be copied: {left_out}")
    page.get_by_role("button", name="Copy what shows").click()
    expect(page.locator("#said")).to_have_text(f"copied 2 suggestions; 3 left out, because {left_out}")
    saved(page)
    assert spans(only(task)) == [("DRUG", "aspirin"), ("DOSAGE", "100 mg")]
    assert len(only(task).result) == 2
    expect(page.get_by_role("button", name="Copy what shows")).to_be_disabled()
    press(page, "Alt+c")
    expect(page.locator("#said")).to_contain_text(f"Nothing copied: {left_out}.")


def test_an_answer_about_the_text_is_left_out_where_each_region_is_asked_about(open_task, project, manager):
    task = without(
        prepared(project, *suggested()), CONFIG.replace('<Choices name="kind"', '<Choices perRegion="true" name="kind"')
    )
    page = open_task(manager, task)
    page.get_by_role("button", name="Copy what shows").click()
    expect(page.locator("#said")).to_contain_text(
        "1 left out, because the Labeling Config doesn't have kind for the whole text"
    )
    saved(page)
    assert "kind" not in {one["from_name"] for one in only(task).result}


def test_accepting_and_submitting_leaves_it_out_too(open_task, project, manager):
    task = without(prepared(project, *suggested()), LESS)
    page = open_task(manager, task)
    page.locator("#text mark").first.wait_for()
    press(page, "Alt+a")
    page.wait_for_url(re.compile("/next/"))
    assert (only(task).submitted_at is not None, len(only(task).result)) == (True, 2)


def test_a_suggestion_that_the_config_lacks_is_accepted_with_another_label_only(open_task, project, manager):
    task = without(prepared(project, region("nausea", "PROBLEM"), region("aspirin")), LESS)
    page = open_task(manager, task)
    page.locator("#text").focus()
    press(page, "Tab", "Enter")
    expect(page.locator("#said")).to_contain_text("Nothing copied: the Labeling Config doesn't have PROBLEM.")
    details = page.get_by_role("group", name="Current region")
    expect(details).to_contain_text("not in the Labeling Config")
    expect(details.get_by_role("button")).to_have_text(["Reject"])
    press(page, "d")
    expect(page.locator("#text mark").first).to_have_attribute("data-suffix", "DRUG")
    saved(page)
    made = only(task).result[0]
    assert (spans(only(task)), made["origin"]) == ([("DRUG", "nausea")], "prediction-changed")
    press(page, "Control+z")
    expect(page.locator("#text mark").first).to_have_attribute("data-suffix", "? PROBLEM")


def test_a_region_comes_without_the_choices_and_relations_that_the_config_lacks(open_task, project, manager):
    aspirin = region("aspirin", region_id="a")
    sure = {**aspirin, "from_name": "sure", "type": "choices", "value": {**aspirin["value"], "choices": ["high"]}}
    del sure["value"]["labels"]
    dose = region("100 mg", "DOSAGE", region_id="m")
    task = prepared(project, aspirin, sure, dose, relation("has dose"), relation("once"))
    without(task, SURE.sub("", CONFIG))
    page = open_task(manager, task)
    page.get_by_role("button", name="Copy what shows").click()
    words = "copied 2 suggestions; 2 left out, because the Labeling Config doesn't have sure, once"
    expect(page.locator("#said")).to_have_text(words)
    saved(page)
    assert [item["type"] for item in only(task).result] == ["labels", "labels", "relation"]


def test_an_answer_that_the_config_lacks_is_shown_and_not_offered(open_task, project, manager):
    answer = choices_region("kind", "text", region_id="k", choices=["letter"], confidence=0.9, model="kinds")
    page = open_task(manager, prepared(project, answer))
    group = page.get_by_role("group", name="kind")
    expect(group).to_contain_text("? suggested: letter 0.90 not in the Labeling Config")
    expect(group.get_by_role("button")).to_have_count(0)
    expect(page.get_by_role("button", name="Copy what shows")).to_be_disabled()


def test_what_has_an_alias_now_is_copied_under_its_value(open_task, project, manager):
    task = prepared(project, region("aspirin"))
    without(task, CONFIG.replace('value="DRUG"', 'value="DRUG" alias="MED"').replace("DRUG&gt;", "MED&gt;"))
    page = open_task(manager, task)
    page.get_by_role("button", name="Copy what shows").click()
    saved(page)
    assert spans(only(task)) == [("MED", "aspirin")]


def test_a_draft_gets_rid_of_answers_and_regions_that_can_not_be_kept(open_task, project, manager):
    task = prepared(project)
    page = open_task(manager, task)
    without(task, LESS)
    select(page, "aspirin")
    press(page, "d")
    select(page, "nausea")
    press(page, "p", "Space", "1")
    trouble = page.locator("#trouble")
    expect(trouble).to_contain_text("Not saved: 3 regions can't be kept.")
    expect(trouble).to_contain_text('“discharge”: The Labeling Config has no Labels or Choices named "kind"')
    page.get_by_role("button", name="Reload with the new labels").click()
    expect(page.locator("#regions")).to_contain_text("not in the config")
    page.get_by_role("button", name="Remove what can't be kept").click()
    expect(page.locator("#said")).to_have_text("removed what can't be kept: 3 regions")
    saved(page)
    expect(trouble).to_be_empty()
    assert (spans(only(task)), len(only(task).result)) == ([("DRUG", "aspirin")], 1)


def test_another_label_takes_the_place_of_one_that_is_gone(open_task, project, manager):
    several = CONFIG.replace('name="label"', 'name="label" choice="multiple"')
    task = without(prepared(project), several)
    both = region("aspirin")
    both["value"]["labels"] = ["GONE", "DRUG"]
    draft = Completion.objects.create(task=task, user=manager, username="mona", result=[both])
    page = open_task(manager, task)
    page.locator("#text mark").click()
    press(page, "d")
    saved(page)
    draft.refresh_from_db()
    assert draft.result[0]["value"]["labels"] == ["DRUG"]
