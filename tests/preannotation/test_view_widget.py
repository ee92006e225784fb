"""The pipeline config widget offers what may be added, says what may not, and writes only what was ticked."""

import html

from django.urls import reverse

from tests.conftest import client_of
from tests.preannotation.conftest import CONFIG, registered

HTMX = {"HX-Request": "true"}
EMPTY = '<View>\n  <Text name="text" value="$text"/>\n</View>\n'


def fragment(user, project, name="widget", **data) -> str:
    url = reverse(f"preannotation:{name}", args=[project.pk])
    client = client_of(user)
    response = client.post(url, data, headers=HTMX) if data else client.get(url, headers=HTMX)
    return html.unescape(" ".join(response.content.decode().split()))


def test_models_are_listed_with_labels_and_embeddings_but_never_embeddings_themselves(configured, manager):
    page = fragment(manager, configured)
    assert page.count("<b>ner_drug</b>") == 1
    assert page.count("version 1 · en · vectors") == 2
    assert page.count("<b>vectors</b>") == 0


def test_labels_in_the_config_are_marked(configured, manager, registry_rows):
    page = fragment(manager, configured)
    key = registry_rows["ner_drug"].pk
    assert page.count(f'value="{key}:DRUG" data-model="{key}" checked disabled') == 1
    assert page.count(f'value="{key}:DOSAGE" data-model="{key}" >') == 1


def test_only_the_newest_version_is_offered(configured, manager):
    registered("ner_drug", 2, labels=["DRUG"])
    assert fragment(manager, configured).count("<b>ner_drug</b>") == 1


def test_a_model_on_other_embeddings_is_disabled_with_the_models_in_the_way(configured, manager):
    registered("vectors_2", kind="embeddings", storage_ref="w2v_2")
    other = registered("ner_other", labels=["X"], storage_ref="w2v_2")
    page = fragment(manager, configured)
    assert page.count("Trained on other embeddings than ner_drug, ner_problem") == 1
    assert page.count(f'data-whole-model="{other.pk}" disabled') == 1


def test_the_sixth_model_is_disabled_with_the_five_in_the_way(configured, manager):
    for number in range(4):
        registered(f"m{number}", labels=["A"])
    xml = "".join(f'<Labels name="l{n}" toName="text"><Label value="A" model="m{n}"/></Labels>' for n in range(3))
    page = fragment(manager, configured, labeling_config=CONFIG.replace("  <Text", f"{xml}\n  <Text"))
    assert (
        page.count("The config already names 5 models: m0, m1, m2, ner_drug, ner_problem.")
        + page.count("The config already names 5 models: ner_drug, ner_problem, m0, m1, m2.")
        == 1
    )


def test_adding_writes_the_ticked_labels_and_says_so(project, manager, registry_rows):
    drug = registry_rows["ner_drug"].pk
    page = fragment(manager, project, "add_labels", labeling_config=EMPTY, label=[f"{drug}:DRUG", f"{drug}:DOSAGE"])
    assert page.count("Added 2 labels of ner_drug. Save to keep them.") == 1
    assert page.count('<Label value="DRUG" model="ner_drug" background="#2f7ed8" hotkey="d"/>') == 1
    project.refresh_from_db()
    assert project.config_version == 1


def test_adding_nothing_says_what_to_do(project, manager, registry_rows):
    page = fragment(manager, project, "add_labels", labeling_config=EMPTY)
    assert page.count("Nothing added: tick at least one label first.") == 1


def test_adding_to_broken_xml_says_so_and_changes_nothing(project, manager, registry_rows):
    drug = registry_rows["ner_drug"].pk
    page = fragment(manager, project, "add_labels", labeling_config="<View><Text>", label=[f"{drug}:DRUG"])
    assert page.count("Nothing added. Line 1: ") == 1
    assert page.count("changed-config") == 0


def test_labels_that_the_model_does_not_have_are_not_added(project, manager, registry_rows):
    drug = registry_rows["ner_drug"].pk
    page = fragment(manager, project, "add_labels", labeling_config=EMPTY, label=[f"{drug}:NONSENSE", "999:X"])
    assert page.count("Nothing added: tick at least one label first.") == 1


def test_an_empty_registry_says_so(project, manager):
    assert fragment(manager, project).count("No model of this kind in the registry.") == 3
