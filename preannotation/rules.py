"""Yes or no about models: what stands against saving or deploying a Labeling Config. Pure; limits are declared here."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from preannotation.contract import ASSERTION, CLASSIFICATION, NER
from preannotation.predicted_values import Names
from projects.labeling_config import Ask, ConfigProblem, LabelingConfig

MAX_MODELS = 5
LISTED = 30
# What stands in a model's way; the setup page says the same of ticks before anything is sent.
FULL = "The config already names {count} models: {models}. Take {surplus} out to add this one."
FULL_WITH_TICKED = "Config and ticks name {count} models already: {models}. Untick {surplus} to add this one."
OTHER_EMBEDDINGS = "Trained on other embeddings than {models}; the models of one config must share theirs."
SECOND_ASSERTION = "{models} gives the assertion status already; a chunk has one status."
KIND_WORDS = {NER: "a named entity model", CLASSIFICATION: "a classification model", ASSERTION: "an assertion model"}
PLACE_WORDS = {NER: "Label", CLASSIFICATION: "Choices", ASSERTION: 'Label with assertion="true"'}


@dataclass(frozen=True)
class RegisteredModel:
    """A model as the rules see it: its newest usable version, or where there is none, why not.

    embeddings: name of the entry that provides its storage ref, the ref itself where no entry does, "" for none needed.
    obstacle: "" for a usable model, else a clause such as "is retired".
    """

    name: str
    version: int
    kind: str
    labels: tuple[str, ...]
    storage_ref: str = ""
    embeddings: str = ""
    multiple: bool = False
    obstacle: str = ""


def problems(config: LabelingConfig, models: Mapping[str, RegisteredModel]) -> tuple[ConfigProblem, ...]:
    """Everything that stands against this config, all at once, in the order of the lines; models: the registry by name.

    Called with the same words on save and on deploy.
    """
    found = [
        *_too_many(config),
        *_different_embeddings(config, models),
        *_unusable(config, models),
        *_wrong_kind(config, models),
        *_unknown_labels(config, models),
        *_several_answers(config, models),
        *_assertion(config, models),
    ]
    return tuple(sorted(found, key=lambda problem: problem.line or 0))


def obstacle(
    model: RegisteredModel,
    config: LabelingConfig | None,
    models: Mapping[str, RegisteredModel],
    ticked: Sequence[str] = (),
) -> str:
    """Why this model can't be added to the config now, naming the models in the way; "" where it can.

    ticked: names of other models that are about to be added.
    """
    named = config.model_names if config else ()
    if model.obstacle:
        return f"{model.name} {model.obstacle}."
    if model.name in named:
        return ""
    names = list(dict.fromkeys([*named, *(name for name in ticked if name != model.name)]))
    others = [models[name] for name in names if name in models]
    reasons = []
    if len(named) >= MAX_MODELS:
        reasons.append(_full(named, FULL))
    elif len(names) >= MAX_MODELS:
        reasons.append(_full(names, FULL_WITH_TICKED))
    if foreign := [other.name for other in others if _differ(other, model)]:
        reasons.append(OTHER_EMBEDDINGS.format(models=", ".join(foreign)))
    if model.kind == ASSERTION and (status := [other.name for other in others if other.kind == ASSERTION]):
        reasons.append(SECOND_ASSERTION.format(models=", ".join(status)))
    return " ".join(reasons)


def _full(names: Sequence[str], words: str) -> str:
    surplus = len(names) - MAX_MODELS + 1
    return words.format(count=len(names), models=", ".join(names), surplus="one" if surplus == 1 else surplus)


def _differ(one: RegisteredModel, other: RegisteredModel) -> bool:
    return bool(one.storage_ref and other.storage_ref and one.storage_ref != other.storage_ref)


def _too_many(config: LabelingConfig) -> Iterator[ConfigProblem]:
    names = config.model_names
    if len(names) > MAX_MODELS:
        yield ConfigProblem(
            f"The config names {len(names)} models: {', '.join(names)}. A deployment holds at most {MAX_MODELS}. "
            f"Take out {len(names) - MAX_MODELS} of them.",
            _line_of(config, names[MAX_MODELS]),
        )


def _different_embeddings(config: LabelingConfig, models: Mapping[str, RegisteredModel]) -> Iterator[ConfigProblem]:
    needing = [models[name] for name in config.model_names if name in models and models[name].storage_ref]
    if len({model.storage_ref for model in needing}) > 1:
        first = needing[0].storage_ref
        other = next(model.name for model in needing if model.storage_ref != first)
        listed = ", ".join(f"{model.name} ({model.embeddings})" for model in needing)
        yield ConfigProblem(
            f"These models are trained on different embeddings and cannot be combined: {listed}. "
            "Keep the models of one embeddings.",
            _line_of(config, other),
        )


def _unusable(config: LabelingConfig, models: Mapping[str, RegisteredModel]) -> Iterator[ConfigProblem]:
    for name in config.model_names:
        if name not in models:
            near = difflib.get_close_matches(name, models, 1)
            advice = f'Did you mean "{near[0]}"?' if near else "Choose one from the list of models."
            yield ConfigProblem(f'There is no model "{name}" in the registry. {advice}', _line_of(config, name))
        elif models[name].obstacle:
            yield ConfigProblem(
                f'The model "{name}" {models[name].obstacle}. Choose another one, or ask an admin.',
                _line_of(config, name),
            )


def _wrong_kind(config: LabelingConfig, models: Mapping[str, RegisteredModel]) -> Iterator[ConfigProblem]:
    for (name, kind), ask in _first_asks(config).items():
        model = models.get(name)
        if model and model.kind != kind:
            place, needed = PLACE_WORDS[kind], KIND_WORDS[kind]
            is_kind = KIND_WORDS.get(model.kind, "an embeddings entry")
            belongs = PLACE_WORDS.get(model.kind)
            advice = (
                f"It belongs on a {belongs}." if belongs else "Embeddings are loaded by themselves; do not name them."
            )
            yield ConfigProblem(
                f'"{name}" is {is_kind}, but it stands on a {place}, which needs {needed}. {advice}',
                ask.line,
            )


def _unknown_labels(config: LabelingConfig, models: Mapping[str, RegisteredModel]) -> Iterator[ConfigProblem]:
    names: dict[str, Names] = {}
    for ask in config.asks:
        model = models.get(ask.model)
        if not model or model.kind != ask.kind:
            continue
        unknown = [label for label in ask.predicted if label not in model.labels]
        if unknown:
            if model.name not in names:
                names[model.name] = Names(model.labels)
            does = ", ".join(model.labels[:LISTED]) + (" and others" if len(model.labels) > LISTED else "")
            quoted = ", ".join(f'"{label}"' for label in unknown)
            yield ConfigProblem(
                f'The model "{model.name}" does not predict {quoted}. It predicts: {does}. '
                + _mapping_advice(unknown, names[model.name]),
                ask.line,
            )


def _mapping_advice(unknown: Sequence[str], names: Names) -> str:
    near = {label: found.name for label in unknown if (found := names.near(label))}
    if not near:
        return "Use one of these, or name those that it stands for in predicted_values."
    meant = " and ".join(f'"{name}" for "{label}"' for label, name in near.items())
    return f'Perhaps it says {meant}: write predicted_values="{",".join(near.values())}" on this label.'


def _several_answers(config: LabelingConfig, models: Mapping[str, RegisteredModel]) -> Iterator[ConfigProblem]:
    for (name, kind), ask in _first_asks(config).items():
        model = models.get(name)
        if model and kind == CLASSIFICATION == model.kind and model.multiple and not ask.multiple:
            yield ConfigProblem(
                f'The model "{name}" may answer several classes at once, but "{ask.control}" takes one. '
                'Write choice="multiple" there.',
                ask.line,
            )


def _assertion(config: LabelingConfig, models: Mapping[str, RegisteredModel]) -> Iterator[ConfigProblem]:
    names = list(dict.fromkeys(ask.model for ask in config.asks if ask.kind == ASSERTION))
    if len(names) > 1:
        yield ConfigProblem(
            f"The config names {len(names)} assertion models: {', '.join(names)}. A chunk has one status: keep one.",
            _line_of(config, names[1]),
        )
    entities = [ask for ask in config.asks if ask.kind == NER]
    if names and not entities:
        yield ConfigProblem(
            f'The assertion model "{names[0]}" judges what a named entity model finds, and the config names none. '
            "Add the labels of one.",
            _line_of(config, names[0]),
        )


def _first_asks(config: LabelingConfig) -> dict[tuple[str, str], Ask]:
    first: dict[tuple[str, str], Ask] = {}
    for ask in config.asks:
        first.setdefault((ask.model, ask.kind), ask)
    return first


def _line_of(config: LabelingConfig, name: str) -> int | None:
    return next((ask.line for ask in config.asks if ask.model == name), None)
