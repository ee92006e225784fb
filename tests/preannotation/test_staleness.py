"""What has changed since a deployment: every kind of change, in words."""

from preannotation.staleness import DeployedVersion, Staleness, staleness
from projects.labeling_config import Ask


def ask(model: str, label: str, *predicted: str) -> Ask:
    return Ask(model, "ner", "label", "text", label, predicted or (label,), False, 1)


def version(name: str, *labels: str, newest: int | None = 1, **facts) -> DeployedVersion:
    return DeployedVersion(name, 1, labels, newest, **facts)


def of(*versions: DeployedVersion) -> dict[str, DeployedVersion]:
    return {each.name: each for each in versions}


DRUG = [ask("ner_drug", "DRUG")]


def test_nothing_changed_is_not_stale():
    same = staleness(DRUG, DRUG, of(version("ner_drug", "DRUG")))
    assert (same, bool(same)) == (Staleness(), False)


def test_labels_added_and_removed_are_named_with_their_model():
    now = [ask("ner_drug", "FORM"), ask("ner_drug", "ROUTE")]
    assert staleness(DRUG, now, of(version("ner_drug", "DRUG", "FORM", "ROUTE"))) == Staleness(
        ("Added to the config: FORM, ROUTE (ner_drug).", "Removed from the config: DRUG (ner_drug).")
    )


def test_a_label_that_stands_for_others_says_for_which_and_for_which_it_stood():
    now = [ask("ner_drug", "DRUG", "DRUG", "MED")]
    assert staleness(DRUG, now, of(version("ner_drug", "DRUG", "MED"))).changes == (
        "DRUG now stands for DRUG, MED of ner_drug; it stood for DRUG.",
    )


def test_a_model_that_is_wanted_and_not_deployed_makes_its_labels_missing():
    now = [*DRUG, ask("ner_test", "TEST"), ask("ner_test", "RESULT")]
    assert staleness(DRUG, now, of(version("ner_drug", "DRUG"))) == Staleness(
        ("Added to the config: TEST, RESULT (ner_test).", "ner_test is not in this deployment."), ("TEST", "RESULT")
    )


def test_a_label_that_only_a_newer_version_predicts_is_missing():
    now = [*DRUG, ask("ner_drug", "FORM")]
    assert staleness(DRUG, now, of(version("ner_drug", "DRUG", newest=2))) == Staleness(
        (
            "Added to the config: FORM (ner_drug).",
            "ner_drug 1 does not predict FORM.",
            "ner_drug 2 is ready; this deployment has version 1.",
        ),
        ("FORM",),
    )


def test_a_deployed_model_that_nobody_asks_any_more_is_named():
    before = [*DRUG, ask("ner_test", "TEST")]
    assert staleness(before, DRUG, of(version("ner_drug", "DRUG"), version("ner_test", "TEST"))).changes == (
        "Removed from the config: TEST (ner_test).",
        "ner_test 1 is deployed, but the config asks nothing of it any more.",
    )


def test_retired_and_broken_versions_and_newer_embeddings_are_named():
    deployed = of(version("ner_drug", "DRUG", newest=None, retired=True), version("ner_x", newest=None, broken="gone"))
    now = [*DRUG, ask("ner_x", "X")]
    assert staleness(now, now, deployed, version("vectors", newest=3)).changes == (
        "ner_x 1 does not predict X.",
        "ner_drug 1 was retired. It goes on working here; the next deployment can't use it.",
        "ner_x 1 is broken (gone). It works until it has to be loaded again.",
        "vectors 3 is ready; this deployment has version 1.",
    )
