"""A training as somebody asks for it: from a form's fields to an unsaved row, and back to what the form shows."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from preannotation.models import NlpModel, Training
from preannotation.models.registry import Kind
from preannotation.training import parameters
from preannotation.training.subjects import Subject, subjects
from projects.labeling_config import parse
from projects.models import Project

OWN: Final = "own"
GONE: Final = "What was chosen to be learned is no longer in the Labeling Config. Choose again."
PREFIXES: Final = {Kind.NER: "ner", Kind.CLASSIFICATION: "class", Kind.ASSERTION: "assertion"}


@dataclass(frozen=True)
class Field:
    """A parameter of the engine. given: what was typed, usual: what is taken where that is empty."""

    name: str
    called: str
    bounds: str
    given: str
    usual: str


@dataclass(frozen=True)
class Asked:
    """training: unsaved. subject: what it is to learn. proposed: the name that it gets where nobody gives another.
    problems: what of the fields can't be understood."""

    project: Project
    subject: Subject
    proposed: str
    training: Training
    given: Mapping[str, str]
    problems: tuple[str, ...]

    @classmethod
    def of(cls, project: Project, data: Mapping[str, str]) -> Asked | None:
        """None where the Labeling Config gives nothing to learn."""
        offered = subjects(parse(project.labeling_config).config)
        if not offered:
            return None
        subject = next((one for one in offered if one.key == data.get("subject")), offered[0])
        return cls._of(project, subject, data)

    @classmethod
    def _of(cls, project: Project, subject: Subject, data: Mapping[str, str]) -> Asked:
        wrong = [GONE] if data.get("subject", subject.key) != subject.key else []
        engine = data.get("engine", "")
        if engine not in subject.engines:
            engine = subject.engines[0]
        chosen = data.get("embeddings", "")
        offered = embeddings_of(project)
        given = next((one for one in offered if str(one.pk) == chosen), None)
        if subject.kind != Kind.ASSERTION and chosen not in ("", OWN) and given is None:
            wrong.append("The embeddings that were chosen are no longer offered. Choose others.")
        embeddings = given or _usual_embeddings(project, offered)
        name, proposed = data.get("name", "").strip(), proposed_name(project, subject)
        training = Training(
            project=project,
            # A proposal that nobody changed follows what is to be learned.
            name=proposed if name in ("", data.get("proposed")) else name,
            kind=subject.kind,
            engine=engine,
            controls=[subject.control],
            labels=list(subject.labels),
            chunk_labels=list(subject.chunk_labels),
            embeddings=None if subject.kind == Kind.ASSERTION or chosen == OWN else embeddings,
            own_embeddings=subject.kind != Kind.ASSERTION and (chosen == OWN or embeddings is None),
            source=_one_of(data.get("source"), Training.Source),
            split=_one_of(data.get("split"), Training.Split) if "split" in data else _usual_split(project),
            test_share=_number(data, "test_share", 20, "The test share", wrong) / 100,
            seed=int(_number(data, "seed", 13, "The seed", wrong, most=2**31 - 1, whole=True)),
            parameters=_parameters(engine, data, wrong),
            deploy_after=bool(data.get("deploy_after")),
            use_in_config=bool(data.get("use_in_config")),
        )
        return cls(project, subject, proposed, training, data, tuple(wrong))

    @property
    def shown(self) -> str:
        """What decides which fields a form of this has."""
        return f"{self.subject.key} {self.training.engine} {self.training.split}"

    @property
    def subjects(self) -> list[Subject]:
        return subjects(parse(self.project.labeling_config).config)

    @property
    def engines(self) -> list[tuple[str, str]]:
        return [(value, words) for value, words in Training.Engine.choices if value in self.subject.engines]

    @property
    def embeddings(self) -> list[NlpModel]:
        return [] if self.subject.kind == Kind.ASSERTION else embeddings_of(self.project)

    @property
    def has_parameters(self) -> bool:
        """Whether anything was typed in, also what can't be understood."""
        return any(self.given.get(name, "").strip() for name in parameters.RANGES[self.training.engine])

    @property
    def needs_embeddings(self) -> bool:
        return self.subject.kind != Kind.ASSERTION

    def fields(self, examples: int) -> list[Field]:
        """Of the engine's parameters. examples: to train on, for the usual values."""
        usual = parameters.defaults(self.training.engine, examples)
        return [
            Field(
                name,
                of.called,
                f"{parameters.plain(of.least)} to {parameters.plain(of.most)}",
                self.given.get(name, ""),
                parameters.plain(usual[name]),
            )
            for name, of in parameters.RANGES[self.training.engine].items()
        ]


def embeddings_of(project: Project) -> list[NlpModel]:
    """The newest usable version of each that this project may train on."""
    return list(NlpModel.objects.usable_in(project).filter(kind=Kind.EMBEDDINGS).newest())


def _usual_embeddings(project: Project, offered: list[NlpModel]) -> NlpModel | None:
    """Those of the models that the config names: on others the new model could not be deployed beside them."""
    config = parse(project.labeling_config).config
    named = NlpModel.objects.usable_in(project).filter(name__in=config.model_names if config else ())
    used = set(named.values_list("storage_ref", flat=True))
    return next((one for one in offered if one.storage_ref in used), offered[0] if offered else None)


def proposed_name(project: Project, subject: Subject) -> str:
    """The model that the config asks already where it was trained here, else a name of the project's own."""
    own = NlpModel.objects.filter(project=project, name=subject.model, kind=subject.kind)
    if subject.model and own.exists():
        return subject.model
    words = re.sub(r"[^a-z0-9]+", "_", f"{project.name} {subject.control}".lower()).strip("_")
    return f"{PREFIXES[Kind(subject.kind)]}_{words or project.pk}"[:80]


def _usual_split(project: Project) -> str:
    tagged = project.tasks.exclude(tags=[])
    has_both = all(tagged.filter(tags__contains=[tag]).exists() for tag in ("Train", "Test"))
    return Training.Split.TAGS if has_both else Training.Split.SHARE


def _one_of(value: str | None, choices: Any) -> str:
    return value if value in choices.values else choices.values[0]


def _number(
    data: Mapping[str, str],
    name: str,
    usual: float,
    called: str,
    wrong: list[str],
    most: float = 95,
    whole: bool = False,
) -> float:
    given = data.get(name, "").strip()
    try:
        number = _read(given) if given else usual
    except ValueError:
        number = -1
    if 0 <= number <= most and (not whole or number == int(number)):
        return number
    wrong.append(f'{called} is "{given[:20]}". Give a {"whole " if whole else ""}number from 0 to {most}.')
    return usual


def _read(given: str) -> float:
    """Raises ValueError; also for what Python reads as a number without an end, or as none."""
    number = float(given.replace(",", "."))
    if not math.isfinite(number):
        raise ValueError(given)
    return number


def _parameters(engine: str, data: Mapping[str, str], wrong: list[str]) -> dict[str, float | int]:
    """What was typed; a field that was left empty takes the usual value when the training begins."""
    found: dict[str, float | int] = {}
    for name, of in parameters.RANGES[engine].items():
        given = data.get(name, "").strip()
        if not given:
            continue
        try:
            number = _read(given)
        except ValueError:
            bounds = f"{parameters.plain(of.least)} to {parameters.plain(of.most)}"
            wrong.append(f'{of.called} is "{given[:20]}". Give a number from {bounds}.')
            continue
        found[name] = int(number) if of.whole and number == int(number) else number
    return found
