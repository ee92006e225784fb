"""Working on a task: by mouse, by keys alone, by touch; with and without suggestions."""

import itertools
import math
import re

import pytest
from playwright.sync_api import expect

from preannotation.label_look import FAR_ENOUGH, Colours, drawn, in_oklab
from projects.models import Completion, Project, Verdict
from projects.results import choices_region
from tests.browser.editing import TEXT, click_on, only, place, prepared, press, region, saved, select, spans, suggested

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_what_is_selected_gets_the_label_of_the_key_grown_to_whole_words(open_task, project, manager):
    task = prepared(project)
    page = open_task(manager, task)
    select(page, "etformi")
    press(page, "d")
    expect(page.locator("#text mark[data-suffix='DRUG']")).to_have_text("metformin")
    saved(page)
    made = only(task).result[0]
    start, end = place("metformin")
    assert made == {
        "id": made["id"], "from_name": "label", "to_name": "text", "source": "$text", "type": "labels",
        "origin": "manual", "value": {"start": start, "end": end, "text": "metformin", "labels": ["DRUG"]},
    }  # fmt: skip
    assert page.locator("#text").text_content() == TEXT


def test_alt_takes_the_selection_as_it_is(open_task, project, manager):
    task = prepared(project)
    page = open_task(manager, task)
    select(page, "etformi")
    press(page, "Alt+d")
    saved(page)
    assert spans(only(task)) == [("DRUG", "etformi")]


def test_alt_and_a_key_faster_than_the_news_of_what_is_selected_take_it_as_it_is(open_task, project, manager):
    task = prepared(project)
    page = open_task(manager, task)
    select(page, "metformin")
    page.evaluate(
        """() => {
          getSelection().collapseToStart();
          document.dispatchEvent(new Event("selectionchange"));
          getSelection().modify("extend", "forward", "character");
          const pressed = { key: "d", code: "KeyD", altKey: true, bubbles: true, cancelable: true };
          document.getElementById("text").dispatchEvent(new KeyboardEvent("keydown", pressed));
        }"""
    )
    saved(page)
    assert spans(only(task)) == [("DRUG", "m")]


def test_a_label_may_be_chosen_first_and_stays_until_escape(open_task, project, manager):
    task = prepared(project)
    page = open_task(manager, task)
    page.locator("[data-label='PROBLEM']").click()
    click_on(page, "metformin")
    click_on(page, "nausea", times=2)
    press(page, "Escape")
    expect(page.locator("[data-label='PROBLEM']")).to_have_attribute("aria-pressed", "false")
    click_on(page, "later")
    expect(page.locator("#text mark")).to_have_text(["nausea", "metformin"])


def test_a_click_on_a_label_labels_what_is_selected(open_task, project, manager):
    task = prepared(project)
    page = open_task(manager, task)
    select(page, "metformin")
    page.locator("[data-label='DRUG']").click()
    saved(page)
    assert spans(only(task)) == [("DRUG", "metformin")]


def test_all_equal_places_get_the_label_in_one_step(open_task, project, manager):
    task = prepared(project)
    page = open_task(manager, task)
    select(page, "aspirin")
    press(page, "d", "Alt+s")
    saved(page)
    assert spans(only(task)) == [("DRUG", "aspirin")] * 2
    press(page, "Control+z")
    expect(page.locator("#text mark")).to_have_count(1)


def test_undo_and_redo_go_all_the_way(open_task, project, manager):
    task = prepared(project)
    page = open_task(manager, task)
    for word, key in (("aspirin", "d"), ("100 mg", "o"), ("nausea", "p")):
        select(page, word)
        press(page, key)
    press(page, "Delete")
    press(page, *["Control+z"] * 5)
    expect(page.locator("#text mark")).to_have_count(0)
    press(page, *["Control+Shift+z"] * 3)
    saved(page)
    page.wait_for_timeout(1_300)
    saved(page)
    assert spans(only(task)) == [("PROBLEM", "nausea"), ("DRUG", "aspirin"), ("DOSAGE", "100 mg")]


def test_keys_alone_are_enough(open_task, project, annotator):
    """Suggestions accepted, fixed, relabelled and rejected; a region selected and labelled; submitted."""
    task = prepared(project, *suggested())
    task.assignments.create(user=annotator, role="annotator")
    page = open_task(annotator, task)
    page.locator("#text").focus()
    press(page, "Tab", "Enter")  # nausea with its status; on to aspirin
    press(page, "o", "d", "Shift+ArrowRight", "Shift+ArrowLeft", "Shift+ArrowLeft", "Tab")
    press(page, "Delete", "Control+End", "Control+Shift+ArrowLeft", "Control+Shift+ArrowLeft", "p")
    press(page, "1", "Control+Enter")
    saved(page)
    done = only(task)
    assert spans(done) == [("PROBLEM", "nausea"), ("absent", "nausea"), ("DRUG", "aspiri"), ("PROBLEM", "later.")]
    assert [item.get("origin") for item in done.result] == [
        "prediction", "prediction", "prediction-changed", "manual", "manual"
    ]  # fmt: skip
    assert done.copied_from == f"prediction: {task.predictions.get().pk}"
    press(page, "Alt+Enter")
    page.wait_for_url(re.compile("/next/"))
    done.refresh_from_db()
    assert done.submitted_at is not None
    assert sorted(Verdict.objects.filter(control="label").values_list("kind", "label")) == [
        ("accepted", "PROBLEM"), ("accepted", "absent"), ("added", "PROBLEM"), ("boundary", "DRUG"),
        ("rejected", "DOSAGE"),
    ]  # fmt: skip


def test_the_status_of_a_region_goes_round(open_task, project, manager):
    task = prepared(project)
    page = open_task(manager, task)
    select(page, "nausea")
    press(page, "p", "Space")
    expect(page.locator("#text mark")).to_have_attribute("data-suffix", "PROBLEM (absent)")
    press(page, "Space")
    saved(page)
    page.wait_for_timeout(1_300)
    saved(page)
    chunk, status = only(task).result
    assert (status["value"]["labels"], status["parentID"]) == (["possible"], chunk["id"])
    press(page, "Space")
    expect(page.locator("#text mark")).to_have_attribute("data-suffix", "PROBLEM")


def test_what_was_predicted_when_the_text_had_another_name_can_be_copied_and_saved(open_task, project, manager):
    task = prepared(project, *({**one, "to_name": "before"} for one in suggested()))
    page = open_task(manager, task)
    page.get_by_role("button", name="Copy what shows").click()
    saved(page)
    assert {one["to_name"] for one in only(task).result} == {"text"}


def test_copying_takes_what_the_slider_shows(open_task, project, manager):
    task = prepared(project, *suggested())
    page = open_task(manager, task)
    page.get_by_label("Least confidence of ner_posology").fill("0.5")
    expect(page.locator("#suggestion-count")).to_have_text("3 suggestions shown")
    page.get_by_role("button", name="Copy what shows").click()
    saved(page)
    assert spans(only(task)) == [("DRUG", "aspirin"), ("DOSAGE", "100 mg")]
    assert page.get_by_label("discharge").is_checked()
    assert [item["origin"] for item in only(task).result] == ["prediction"] * 3


def test_accepting_submits_and_goes_on(open_task, project, manager):
    task = prepared(project, *suggested())
    page = open_task(manager, task)
    page.locator("#text mark").first.wait_for()
    press(page, "Alt+a")
    page.wait_for_url(re.compile("/next/"))
    assert set(Verdict.objects.values_list("kind", flat=True)) == {"accepted"}
    assert only(task).submitted_at is not None


def test_models_that_disagree_are_marked_until_one_is_rejected(open_task, project, manager):
    task = prepared(project, region("aspirin"), region("aspirin", "PROBLEM", model="ner_clinical"))
    page = open_task(manager, task)
    expect(page.locator("#regions")).to_contain_text("models disagree")
    page.locator("#regions [data-region]").first.click()
    press(page, "Delete")
    expect(page.locator("#regions")).not_to_contain_text("models disagree")
    saved(page)
    assert len(only(task).set_aside) == 1


def test_another_prediction_can_be_chosen(open_task, project, manager):
    task = prepared(project, region("metformin"), version="older 1")
    from_newer = prepared_newer(task)
    page = open_task(manager, task)
    expect(page.locator("#text mark")).to_have_text(["aspirin"])
    page.get_by_label("Prediction to show").select_option(label="older 1")
    expect(page.locator("#text mark")).to_have_text(["metformin"])
    assert from_newer.pk != task.predictions.order_by("pk").first().pk


def test_what_is_submitted_is_shown_and_stays(open_task, project, manager):
    task = prepared(project, region("metformin"))
    Completion.objects.create(
        task=task, user=manager, username="mona", result=[region("aspirin")], submitted_at=task.created_at
    )
    page = open_task(manager, task)
    expect(page.locator("#text mark")).to_have_text(["aspirin"])
    page.locator("#text mark").click()
    press(page, "Delete", "d", "Backspace", "x")
    expect(page.locator("#text mark")).to_have_text(["aspirin"])
    assert page.locator("#text").text_content() == TEXT
    expect(page.get_by_role("button", name="Submit")).to_have_count(0)


def test_fingers_label_too(open_task, project, manager):
    task = prepared(project)
    page = open_task(manager, task, viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    page.locator("[data-label='DRUG']").tap()
    page.locator("#text .block").first.tap(position={"x": 40, "y": 14})
    expect(page.locator("#text mark")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_list_of_keys_opens_and_closes(open_task, project, manager):
    page = open_task(manager, prepared(project))
    page.locator("#text").focus()
    press(page, "?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("accept and go to the next")
    press(page, "Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    expect(page.locator("#text")).to_be_focused()


def test_time_counts_only_where_the_project_measures_it(open_task, project, manager):
    task = prepared(project)
    page = open_task(manager, task)
    page.wait_for_timeout(1_000)
    select(page, "aspirin")
    press(page, "d", "Control+Enter")
    saved(page)
    assert 0.5 < only(task).lead_time < 20


def prepared_newer(task):
    from_model = [region("aspirin")]
    return task.predictions.create(
        text_hash=task.text_hash, source_key=task.data_hash, model_version="newer 2", result=from_model
    )


NESTED = """<View><Header value="Which department?"/>
<Choices name="department" toName="text" required="true">
<Choice value="Surgery"><Choice value="Vascular"/></Choice><Choice value="Medicine"/></Choices>
<Text name="text" value="$text"/>
<Choices name="tone" toName="text" layout="inline"><Choice value="calm"/><Choice value="cross"/></Choices></View>"""


@pytest.mark.parametrize("width", [1440, 390])
def test_choices_stand_as_the_config_lays_them_out_and_nothing_jumps(open_task, project, manager, width):
    suggestion = choices_region(
        "department", "text", region_id="k", choices=["Vascular"], confidence=0.9, model="kinds"
    )
    task = prepared(project, suggestion)
    Project.objects.update(labeling_config=NESTED)
    page = open_task(manager, task, viewport={"width": width, "height": 900})
    group = page.get_by_role("group", name="Which department? department required")
    corners = [box.bounding_box() for box in group.get_by_role("radio").all()]
    surgery, vascular, medicine = corners
    assert surgery["y"] < vascular["y"] < medicine["y"]
    assert (vascular["x"] - surgery["x"], medicine["x"]) == (22, surgery["x"])
    calm, cross = (page.get_by_role("radio", name=name).bounding_box() for name in ("calm", "cross"))
    assert calm["y"] == cross["y"] > page.locator("#text").bounding_box()["y"] > medicine["y"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    group.get_by_role("button", name="Accept").click()
    expect(page.get_by_role("radio", name="Surgery / Vascular")).to_be_checked()
    assert [box.bounding_box() for box in group.get_by_role("radio").all()] == corners
    saved(page)
    assert only(task).result[0]["value"]["choices"] == ["Vascular"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_labels_of_four_models_are_as_far_apart_as_they_are_reckoned(open_task, project, manager, scheme):
    colours = Colours([])
    backgrounds = [colours.take() for _ in range(19)]
    labels = "".join(f'<Label value="L{place}" background="{colour}"/>' for place, colour in enumerate(backgrounds))
    task = prepared(project)
    config = f'<View><Labels name="label" toName="text">{labels}</Labels><Text name="text" value="$text"/></View>'
    Project.objects.update(labeling_config=config)
    page = open_task(manager, task, color_scheme=scheme)
    pixels = page.evaluate(
        """() => {
          const canvas = new OffscreenCanvas(1, 1).getContext("2d");
          return [...document.querySelectorAll(".editor-labels .label-chip")].map((chip) => {
            canvas.fillStyle = getComputedStyle(chip).backgroundColor;
            canvas.fillRect(0, 0, 1, 1);
            return `rgb(${canvas.getImageData(0, 0, 1, 1).data.slice(0, 3).join(", ")})`;
          });
        }"""
    )
    seen = [in_oklab(pixel) for pixel in pixels]
    reckoned = [drawn(colour)[["light", "dark"].index(scheme)] for colour in backgrounds]
    assert max(math.dist(one, other) for one, other in zip(seen, reckoned, strict=True)) < 0.01
    assert min(math.dist(one, other) for one, other in itertools.combinations(seen, 2)) >= FAR_ENOUGH


def test_a_click_faster_than_the_news_of_what_is_selected_chooses_the_region(open_task, project, manager):
    page = open_task(manager, prepared(project))
    select(page, "metformin")
    press(page, "d")
    saved(page)
    select(page, "later")
    page.evaluate(
        """() => {
          const mark = document.querySelector("#text mark");
          getSelection().collapse(mark.firstChild, 1);
          mark.click();
        }"""
    )
    expect(page.get_by_role("group", name="Current region")).to_contain_text("metformin")


def test_the_header_of_choices_about_regions_stands_with_them(open_task, project, manager):
    task = prepared(project)
    Project.objects.update(
        labeling_config="""<View><Labels name="label" toName="text"><Label value="DRUG" hotkey="d"/></Labels>
        <Text name="text" value="$text"/><Header value="How sure are you?"/>
        <Choices name="sure" toName="text" perRegion="true"><Choice value="high"/></Choices></View>"""
    )
    page = open_task(manager, task)
    select(page, "metformin")
    press(page, "d")
    saved(page)
    click_on(page, "metformin")
    details = page.get_by_role("group", name="Current region")
    expect(details.get_by_text("How sure are you?")).to_be_visible()
    expect(details.get_by_label("sure")).to_have_accessible_description("How sure are you?")
    expect(page.get_by_text("How sure are you?")).to_have_count(1)
