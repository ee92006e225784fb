"""The pipeline config widget as a manager uses it: what ticks rule out, search, mapping, undo, taking out."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.spark]

OTHER = "Trained on other embeddings than ner_posology; the models of one config must share theirs."
LABELS = '<Labels name="own" toName="text"><Label value="Drug"/><Label value="FORMS"/></Labels>'
XML = f'<View>\n  {LABELS}\n  <Text name="text" value="$text"/>\n</View>\n'


@pytest.fixture
def setup(log_in: Callable[..., Page]) -> Page:
    """The setup page of a new project, with the models there."""
    page = log_in("manager")
    page.get_by_role("link", name="New project").click()
    page.get_by_label("Name").fill("Widget")
    page.get_by_role("button", name="Create project").click()
    page.get_by_role("link", name="Setup").click()
    expect(page.locator("#model-widget .model").first).to_be_visible()
    return page


def model(page: Page, name: str) -> Locator:
    return page.locator(f'#model-widget .model[data-name="{name}"]')


def whole(page: Page, name: str) -> Locator:
    return model(page, name).get_by_role("checkbox", name=name, exact=True)


def label(page: Page, name: str, value: str) -> Locator:
    return model(page, name).locator(f'input[name="label"][value$=":{value}"]')


def write(page: Page, xml: str) -> None:
    """Type into the editor, and wait until the widget knows."""
    with page.expect_response(re.compile("setup/models/$")):
        page.locator("#labeling-config").fill(xml)


def add(page: Page) -> None:
    with page.expect_response(re.compile("setup/models/add/$")):
        page.get_by_role("button", name="Add", exact=True).click()


def test_a_tick_rules_out_what_does_not_fit_and_unticking_frees_it(setup):
    label(setup, "ner_posology", "DRUG").check()
    expect(model(setup, "ner_medication_128").locator(".obstacle")).to_have_text(OTHER)
    expect(whole(setup, "ner_medication_128")).to_be_disabled()
    expect(whole(setup, "ner_posology")).to_have_js_property("indeterminate", True)
    expect(whole(setup, "ner_clinical")).to_be_enabled()
    expect(setup.locator("#widget-ticked")).to_have_text("1 label of 1 model ticked")
    label(setup, "ner_posology", "DRUG").uncheck()
    expect(whole(setup, "ner_medication_128")).to_be_enabled()
    expect(model(setup, "ner_medication_128").locator(".obstacle")).to_be_hidden()

    five = ("ner_posology", "ner_clinical", "ner_demographics", "classification_note_kind", "assertion_problem")
    for name in five:
        whole(setup, name).check()
    expect(model(setup, "classification_care_setting").locator(".obstacle")).to_contain_text(
        "Config and ticks name 5 models already: "
    )
    for name in five:
        expect(model(setup, "classification_care_setting").locator(".obstacle")).to_contain_text(name)
    expect(whole(setup, "classification_care_setting")).to_be_disabled()
    whole(setup, "ner_demographics").focus()
    setup.keyboard.press("Space")
    expect(whole(setup, "classification_care_setting")).to_be_enabled()


def test_what_was_added_is_undone_and_done_again_by_button_and_by_key(setup):
    editor = setup.locator("#labeling-config")
    before = editor.input_value()
    whole(setup, "ner_posology").check()
    add(setup)
    expect(setup.locator("#widget-message")).to_have_text("Added 7 labels of ner_posology. Save to keep them.")
    expect(editor).not_to_have_value(before)
    after = editor.input_value()
    expect(whole(setup, "ner_posology")).to_be_disabled()
    expect(setup.get_by_role("button", name="Add", exact=True)).to_be_focused()

    setup.get_by_role("button", name="Undo").click()
    expect(editor).to_have_value(before)
    expect(whole(setup, "ner_posology")).to_be_enabled()
    setup.get_by_role("button", name="Redo").click()
    expect(editor).to_have_value(after)

    editor.focus()
    setup.keyboard.press("Control+z")
    expect(editor).to_have_value(before)
    setup.keyboard.press("Control+Shift+z")
    expect(editor).to_have_value(after)

    editor.press("End")
    editor.type(" ")
    expect(setup.get_by_role("button", name="Undo")).to_be_disabled()


def test_search_and_filters_narrow_the_list_and_keep_ticks(setup):
    total = setup.locator("#model-widget .model").count()
    whole(setup, "ner_posology").check()
    search = setup.get_by_label("Search models and labels")
    search.fill("treatment")
    expect(setup.locator("#widget-count")).to_have_text(f"1 of {total} models")
    expect(model(setup, "ner_clinical")).to_be_visible()
    expect(model(setup, "ner_posology")).to_be_hidden()
    setup.get_by_role("combobox", name="Kind", exact=True).select_option("Classification")
    expect(setup.locator("#widget-none")).to_be_visible()
    setup.get_by_role("button", name="Clear the filters").click()
    expect(search).to_be_focused()
    expect(setup.locator("#widget-count")).to_have_text(f"{total} models")
    expect(whole(setup, "ner_posology")).to_be_checked()
    setup.get_by_role("combobox", name="Embeddings", exact=True).select_option("embeddings_notes_128")
    expect(setup.locator("#widget-count")).to_have_text(f"1 of {total} models")


def test_what_is_ticked_after_the_models_were_found_unchanged_stays_ticked(setup):
    write(setup, f"{XML}\n")
    write(setup, f"{XML}\n\n")
    label(setup, "ner_posology", "DRUG").check()
    with setup.expect_response(re.compile("setup/check/")):
        write(setup, f"{XML}\n\n\n")
    expect(setup.locator(".htmx-request, .htmx-settling")).to_have_count(0)
    assert label(setup, "ner_posology", "DRUG").is_checked()
    expect(setup.locator("#widget-ticked")).to_have_text("1 label of 1 model ticked")


def test_what_is_ticked_the_moment_the_models_arrive_anew_stays_ticked(setup):
    label(setup, "ner_posology", "FORM").check()
    setup.evaluate(
        """() => {
          const tick = ({ target }) => {
            if (target.id !== "widget-models" || window.isTicked) return;
            document.querySelector('.model[data-name="ner_posology"] input[name="label"][value$=":DRUG"]').click();
            window.isTicked = true;
          };
          document.addEventListener("htmx:afterSwap", tick);
        }"""
    )
    write(setup, XML)
    expect(setup.locator(".htmx-request, .htmx-settling")).to_have_count(0)
    assert setup.evaluate("window.isTicked")
    expect(setup.locator("#widget-ticked")).to_have_text("2 labels of 1 model ticked")
    expect(label(setup, "ner_posology", "DRUG")).to_be_checked()
    expect(label(setup, "ner_posology", "FORM")).to_be_checked()


def test_labels_that_differ_in_case_or_spelling_are_mapped_as_chosen(setup):
    write(setup, XML)
    label(setup, "ner_posology", "DRUG").check()
    label(setup, "ner_posology", "FORM").check()
    expect(model(setup, "ner_posology").get_by_label("Map DRUG to your label Drug")).to_be_checked()
    expect(model(setup, "ner_posology").get_by_label("Add FORM as a new label")).to_be_checked()
    model(setup, "ner_posology").get_by_label("Map FORM to your label FORMS").check()
    add(setup)
    mapped = LABELS.replace('<Label value="Drug"', '<Label model="ner_posology" predicted_values="DRUG" value="Drug"')
    mapped = mapped.replace('<Label value="FORMS"', '<Label model="ner_posology" predicted_values="FORM" value="FORMS"')
    expect(setup.locator("#labeling-config")).to_have_value(XML.replace(LABELS, mapped))
    expect(model(setup, "ner_posology").locator(".chip.used")).to_have_text(
        [re.compile("FORM → FORMS"), re.compile("DRUG → Drug")]
    )

    model(setup, "ner_posology").get_by_text("Take out").click()
    model(setup, "ner_posology").get_by_role("button", name="Remove its labels").click()
    expect(setup.locator("#labeling-config")).to_have_value(XML)
    expect(setup.locator("#widget-message")).to_contain_text("left 2 labels (Drug, FORMS) to people")
    expect(setup.get_by_role("button", name="Undo")).to_be_focused()


def test_typing_keeps_ticks_and_unreadable_xml_says_so(setup):
    label(setup, "ner_clinical", "TEST").check()
    write(setup, "<View>")
    expect(setup.locator(".widget-unreadable")).to_contain_text("The config can't be read just now")
    expect(label(setup, "ner_clinical", "TEST")).to_be_checked()
    add(setup)
    expect(setup.locator("#widget-message")).to_contain_text("Nothing added. ")
    expect(setup.locator("#labeling-config")).to_have_value("<View>")
    write(setup, XML)
    expect(setup.locator(".widget-unreadable")).to_have_count(0)
    expect(label(setup, "ner_clinical", "TEST")).to_be_checked()


def test_every_sample_model_shows_what_it_says_of_a_sentence(setup):
    assert setup.get_by_text("No example yet.").count() == 0
    expect(model(setup, "ner_posology").locator(".model-example mark").first).to_be_visible()
