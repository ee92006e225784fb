"""The limits and what else stands against a config, in the words that people read."""

from preannotation import rules
from preannotation.rules import RegisteredModel
from projects.labeling_config import parse

MODELS = {
    model.name: model
    for model in (
        RegisteredModel("ner_drug", 2, "ner", ("DRUG", "DOSAGE"), "w2v_100", "embeddings_100"),
        RegisteredModel("ner_problem", 1, "ner", ("PROBLEM",), "w2v_100", "embeddings_100"),
        RegisteredModel("ner_other", 1, "ner", ("PROBLEM",), "w2v_128", "embeddings_128"),
        RegisteredModel("kind", 1, "classification", ("progress", "discharge"), "w2v_100", "embeddings_100"),
        RegisteredModel("topics", 1, "classification", ("heart", "lung"), "w2v_100", "embeddings_100", multiple=True),
        RegisteredModel("status", 1, "assertion", ("absent", "present")),
        RegisteredModel("status_2", 1, "assertion", ("absent",)),
        RegisteredModel("old", 3, "ner", ("X",), obstacle="is retired"),
        RegisteredModel("vectors", 1, "embeddings", (), "w2v_100", "embeddings_100"),
        *(RegisteredModel(f"m{number}", 1, "ner", ("A",)) for number in range(6)),
    )
}


def config(*controls: str):
    body = "\n".join(controls)
    outcome = parse(f'<View>\n{body}\n<Text name="text" value="$text"/>\n</View>')
    assert outcome.problems == ()
    return outcome.config


def labels(*items: str) -> str:
    return '<Labels name="label" toName="text">\n' + "\n".join(items) + "\n</Labels>"


def label(value: str, model: str, assertion: bool = False) -> str:
    return f'<Label value="{value}" model="{model}"{" assertion=" + chr(34) + "true" + chr(34) if assertion else ""}/>'


def said(*controls: str) -> list[str]:
    return [str(problem) for problem in rules.problems(config(*controls), MODELS)]


def test_a_sound_config_has_no_problem():
    assert (
        said(
            labels(label("DRUG", "ner_drug"), label("PROBLEM", "ner_problem"), label("absent", "status", True)),
            '<Choices name="kind" toName="text" model="kind"><Choice value="progress"/></Choices>',
        )
        == []
    )


def test_five_models_are_allowed():
    assert said(*[f'<Labels name="l{n}" toName="text">{label("A", f"m{n}")}</Labels>' for n in range(5)]) == []


def test_six_models_are_refused_and_all_named():
    assert said(*[f'<Labels name="l{n}" toName="text">{label("A", f"m{n}")}</Labels>' for n in range(6)]) == [
        "Line 7: The config names 6 models: m0, m1, m2, m3, m4, m5. A deployment holds at most 5. Take out 1 of them."
    ]


def test_different_embeddings_are_refused_each_model_with_its_own():
    assert said(labels(label("DRUG", "ner_drug"), label("PROBLEM", "ner_other"))) == [
        "Line 4: These models are trained on different embeddings and cannot be combined: "
        "ner_drug (embeddings_100), ner_other (embeddings_128). Keep the models of one embeddings."
    ]


def test_a_model_without_embeddings_fits_any():
    assert said(labels(label("PROBLEM", "ner_other"), label("absent", "status", True))) == []


def test_an_unknown_model_is_named_with_the_nearest_one():
    assert said(labels(label("DRUG", "ner_drugs"))) == [
        'Line 3: There is no model "ner_drugs" in the registry. Did you mean "ner_drug"?'
    ]


def test_a_retired_model_is_refused_with_its_state():
    assert said(labels(label("X", "old"))) == [
        'Line 3: The model "old" is retired. Choose another one, or ask an admin.'
    ]


def test_a_label_that_the_model_does_not_predict_is_refused_with_those_it_does():
    assert said(labels(label("DRUGS", "ner_drug"))) == [
        'Line 3: The model "ner_drug" does not predict "DRUGS". It predicts: DRUG, DOSAGE. '
        'Perhaps it says "DRUG" for "DRUGS": write predicted_values="DRUG" on this label.'
    ]
    assert said(labels(label("ORGAN", "ner_drug"))) == [
        'Line 3: The model "ner_drug" does not predict "ORGAN". It predicts: DRUG, DOSAGE. '
        "Use one of these, or name those that it stands for in predicted_values."
    ]


def test_predicted_values_stand_for_the_models_own_labels():
    assert said(labels('<Label value="Medication" model="ner_drug" predicted_values="DRUG,DOSAGE"/>')) == []


def test_a_named_entity_model_on_an_assertion_label_is_refused():
    assert said(labels(label("PROBLEM", "ner_problem"), label("DRUG", "ner_drug", True))) == [
        'Line 4: "ner_drug" is a named entity model, but it stands on a Label with assertion="true", '
        "which needs an assertion model. It belongs on a Label."
    ]


def test_an_assertion_model_on_a_plain_label_is_refused():
    assert said(labels(label("absent", "status"), label("PROBLEM", "ner_problem"))) == [
        'Line 3: "status" is an assertion model, but it stands on a Label, which needs a named entity model. '
        'It belongs on a Label with assertion="true".'
    ]


def test_embeddings_are_not_named_in_a_config():
    assert said(labels(label("DRUG", "vectors"))) == [
        'Line 3: "vectors" is an embeddings entry, but it stands on a Label, which needs a named entity model. '
        "Embeddings are loaded by themselves; do not name them."
    ]


def test_an_assertion_model_needs_a_named_entity_model():
    assert said(labels(label("absent", "status", True))) == [
        'Line 3: The assertion model "status" judges what a named entity model finds, and the config names none. '
        "Add the labels of one."
    ]


def test_two_assertion_models_are_refused():
    assert said(
        labels(label("PROBLEM", "ner_problem"), label("present", "status", True), label("absent", "status_2", True))
    ) == ["Line 5: The config names 2 assertion models: status, status_2. A chunk has one status: keep one."]


def test_a_classifier_of_several_answers_needs_multiple_choices():
    single = '<Choices name="topic" toName="text" model="topics"><Choice value="heart"/></Choices>'
    assert said(single) == [
        'Line 2: The model "topics" may answer several classes at once, but "topic" takes one. '
        'Write choice="multiple" there.'
    ]
    assert said(single.replace('model="topics"', 'model="topics" choice="multiple"')) == []


def test_all_problems_come_at_once_in_the_order_of_their_lines():
    found = said(
        labels(label("DRUGS", "ner_drug"), label("X", "old"), label("A", "nobody"), label("PROBLEM", "ner_other"))
    )
    assert [line.split(":")[0] for line in found] == ["Line 3", "Line 4", "Line 5", "Line 6"]


def test_an_obstacle_names_the_models_in_the_way():
    full = config(*[f'<Labels name="l{n}" toName="text">{label("A", f"m{n}")}</Labels>' for n in range(5)])
    assert rules.obstacle(MODELS["ner_drug"], full, MODELS) == (
        "The config already names 5 models: m0, m1, m2, m3, m4. Take one out to add this one."
    )
    assert rules.obstacle(MODELS["m0"], full, MODELS) == ""
    other = config(labels(label("DRUG", "ner_drug")))
    assert rules.obstacle(MODELS["ner_other"], other, MODELS) == (
        "Trained on other embeddings than ner_drug; the models of one config must share theirs."
    )
    assert rules.obstacle(MODELS["ner_problem"], other, MODELS) == ""


def test_an_obstacle_counts_how_many_must_go():
    seven = config(*[f'<Labels name="l{n}" toName="text">{label("A", f"m{n}")}</Labels>' for n in range(7)])
    assert rules.obstacle(MODELS["ner_drug"], seven, MODELS) == (
        "The config already names 7 models: m0, m1, m2, m3, m4, m5, m6. Take 3 out to add this one."
    )


def test_an_obstacle_counts_what_is_ticked_beside_it():
    three = config(*[f'<Labels name="l{n}" toName="text">{label("A", f"m{n}")}</Labels>' for n in range(3)])
    assert rules.obstacle(MODELS["ner_drug"], three, MODELS, ["m3"]) == ""
    assert rules.obstacle(MODELS["ner_drug"], three, MODELS, ["m3", "m4"]) == (
        "Config and ticks name 5 models already: m0, m1, m2, m3, m4. Untick one to add this one."
    )
    five = config(*[f'<Labels name="l{n}" toName="text">{label("A", f"m{n}")}</Labels>' for n in range(5)])
    assert rules.obstacle(MODELS["ner_drug"], five, MODELS, ["m9"]) == (
        "The config already names 5 models: m0, m1, m2, m3, m4. Take one out to add this one."
    )
    assert rules.obstacle(MODELS["ner_other"], None, MODELS, ["status", "ner_drug", "kind"]) == (
        "Trained on other embeddings than ner_drug, kind; the models of one config must share theirs."
    )
    assert rules.obstacle(MODELS["status_2"], None, MODELS, ["status"]) == (
        "status gives the assertion status already; a chunk has one status."
    )
    assert rules.obstacle(MODELS["status"], None, MODELS, ["status"]) == ""
