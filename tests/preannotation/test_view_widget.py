"""The pipeline config widget offers what may be added, says what may not, and writes only what was ticked."""

import html

import pytest
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
    assert page.count("version 1 · en · vectors · Sample model · 1 byte") == 2
    assert page.count("<b>vectors</b>") == 0


def test_labels_in_the_config_are_marked(configured, manager, registry_rows):
    page = fragment(manager, configured)
    key = registry_rows["ner_drug"].pk
    assert page.count(f'value="{key}:DRUG" checked disabled') == 1
    assert page.count(f'value="{key}:DOSAGE">') == 1
    assert page.count("In the config") == 2


def test_only_the_newest_version_is_offered(configured, manager):
    registered("ner_drug", 2, labels=["DRUG"])
    assert fragment(manager, configured).count("<b>ner_drug</b>") == 1


def test_a_model_on_other_embeddings_is_disabled_with_the_models_in_the_way(configured, manager):
    registered("vectors_2", kind="embeddings", storage_ref="w2v_2")
    other = registered("ner_other", labels=["X"], storage_ref="w2v_2")
    page = fragment(manager, configured)
    assert page.count("Trained on other embeddings than ner_drug, ner_problem") == 1
    assert page.count(f'aria-describedby="o{other.pk}" disabled') == 1


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
    assert fragment(manager, project).count("The registry has no model yet that this project may use.") == 1


def test_a_whole_model_can_be_added_in_one_field(project, manager, registry_rows):
    page = fragment(manager, project, "add_labels", labeling_config=EMPTY, whole=registry_rows["ner_drug"].pk)
    assert page.count("Added 2 labels of ner_drug. Save to keep them.") == 1


def test_what_breaks_a_limit_is_refused_by_the_server_too_and_nothing_is_written(project, manager, registry_rows):
    registered("vectors_2", kind="embeddings", storage_ref="w2v_2")
    other = registered("ner_other", labels=["X"], storage_ref="w2v_2")
    whole = [other.pk, registry_rows["ner_drug"].pk]
    page = fragment(manager, project, "add_labels", labeling_config=EMPTY, whole=whole)
    assert (
        page.count(
            "Nothing added. ner_other: Trained on other embeddings than ner_drug; "
            "the models of one config must share theirs."
        )
        == 1
    )
    assert page.count("changed-config") == 0


def test_six_models_at_once_are_refused(project, manager, registry_rows):
    models = [registered(f"m{number}", labels=["A"]) for number in range(6)]
    page = fragment(manager, project, "add_labels", labeling_config=EMPTY, whole=[model.pk for model in models])
    words = "Nothing added. m5: Config and ticks name 5 models already: m0, m1, m2, m3, m4. Untick one to add this one."
    assert (page.count(words), page.count("changed-config")) == (1, 0)


PEOPLES = EMPTY.replace(
    "  <Text", '  <Labels name="label" toName="text"><Label value="Drug"/><Label value="DOSAGES"/></Labels>\n  <Text'
)


def test_labels_of_people_that_differ_in_case_or_spelling_are_suggested(project, manager, registry_rows):
    key = registry_rows["ner_drug"].pk
    page = fragment(manager, project, labeling_config=PEOPLES)
    assert page.count(f'name="as:{key}:DRUG" value="Drug" checked> Map DRUG to your label Drug') == 1
    assert page.count(f'name="as:{key}:DRUG" value=""> Add DRUG as a new label') == 1
    assert page.count(f'name="as:{key}:DOSAGE" value="DOSAGES"> Map DOSAGE to your label DOSAGES') == 1
    assert page.count(f'name="as:{key}:DOSAGE" value="" checked> Add DOSAGE as a new label') == 1


def test_a_chosen_mapping_is_written_as_predicted_values(project, manager, registry_rows):
    key = registry_rows["ner_drug"].pk
    choice = {f"as:{key}:DRUG": "Drug", f"as:{key}:DOSAGE": ""}
    page = fragment(manager, project, "add_labels", labeling_config=PEOPLES, whole=key, **choice)
    assert page.count('Added 2 labels of ner_drug, "DRUG" as your "Drug". Save to keep them.') == 1
    assert page.count('<Label model="ner_drug" predicted_values="DRUG" value="Drug"/>') == 1
    assert page.count('<Label value="DOSAGE" model="ner_drug"') == 1
    assert page.count("DRUG → Drug") == 1


def test_a_mapping_onto_a_label_that_is_gone_is_refused(project, manager, registry_rows):
    key = registry_rows["ner_drug"].pk
    page = fragment(manager, project, "add_labels", labeling_config=EMPTY, whole=key, **{f"as:{key}:DRUG": "Drug"})
    assert page.count('Nothing added. There is no label "Drug" any more that "DRUG" could be mapped to.') == 1
    assert page.count("changed-config") == 0


def test_taking_a_model_out_removes_its_labels_or_leaves_them_to_people(configured, manager):
    page = fragment(manager, configured, "take_out", labeling_config=CONFIG, model="ner_drug")
    assert page.count("Took ner_drug out: removed 1 label (DRUG). Save to keep that.") == 1
    assert page.count('value="DRUG"') == 0
    page = fragment(manager, configured, "take_out", labeling_config=CONFIG, model="ner_drug", keep="1")
    assert page.count("Took ner_drug out: left 1 label (DRUG) to people. Save to keep that.") == 1
    assert page.count('<Label value="DRUG" hotkey="d"/>') == 1
    page = fragment(manager, configured, "take_out", labeling_config=CONFIG, model="nobody")
    assert page.count("Nothing taken out: the config does not name nobody.") == 1


def test_while_the_xml_cannot_be_read_the_widget_says_so(configured, manager):
    page = fragment(manager, configured, labeling_config="<View><Labels></View>")
    assert page.count("The config can't be read just now, so what it uses is not marked. Line 1: ") == 1
    assert page.count("<b>ner_drug</b>") == 1


def test_models_are_sent_again_only_where_the_config_changed_for_them(configured, manager):
    url = reverse("preannotation:widget", args=[configured.pk])
    client = client_of(manager)
    state = client.post(url, {"labeling_config": CONFIG}, headers=HTMX).context["offer"].state
    colour = CONFIG.replace('hotkey="d"', 'hotkey="x" background="red"')
    assert client.post(url, {"labeling_config": colour, "state": state}, headers=HTMX).status_code == 204
    changed = CONFIG.replace(' model="ner_problem"', "")
    assert client.post(url, {"labeling_config": changed, "state": state}, headers=HTMX).status_code == 200


def test_an_example_and_figures_per_label_are_shown(project, manager):
    example = {
        "text": "Takes aspirin 🙂 & tea.",
        "regions": [{"start": 6, "end": 13, "label": "DRUG", "confidence": 0.981}, {"label": "order", "confidence": 1}],
    }
    figures = {"precision": 0.7, "recall": 0.8, "f1": 0.75, "support": 12}
    quality = {"f1": 0.8241, "labels": {"DRUG": figures}, "data": "80 notes", "example": example}
    registered("ner_drug", labels=["DRUG"], quality=quality)
    registered("ner_bare", labels=["X"], quality={"example": {"text": "A b.", "regions": "nonsense"}})
    page = fragment(manager, project)
    assert page.count('data-suffix="DRUG 0.98">aspirin</mark> 🙂 & tea.') == 1
    assert page.count('">order 1.00</span>') == 1
    assert page.count('<th scope="row">DRUG</th><td>0.75</td><td>0.70</td><td>0.80</td><td>12</td>') == 1
    assert page.count("· F1 0.82 ·") == 1


def test_long_lists_of_labels_are_folded(project, manager):
    registered("many", labels=[f"L{number}" for number in range(31)])
    registered("few", labels=[f"L{number}" for number in range(30)])
    page = fragment(manager, project)
    assert (page.count("folded"), page.count("Show all 31 labels")) == (1, 1)


@pytest.mark.parametrize("count", [2, 40])
def test_queries_do_not_grow_with_the_models(project, manager, django_assert_num_queries, count):
    for number in range(count):
        registered(f"m{number}", labels=["A", "B"])
    client = client_of(manager)
    url = reverse("preannotation:widget", args=[project.pk])
    with django_assert_num_queries(7):
        client.get(url, headers=HTMX)


@pytest.mark.parametrize("name", ["widget", "add_labels", "take_out"])
def test_only_managers_see_and_use_it(project, annotator, outsider, name):
    url = reverse(f"preannotation:{name}", args=[project.pk])
    answers = [client_of(user).post(url, {"labeling_config": EMPTY}).status_code for user in (annotator, outsider)]
    assert answers == [403, 404]
