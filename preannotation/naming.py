"""Names of models: how they are written, and whose they are."""

from __future__ import annotations

import re

from django.db.models import Q

from preannotation.models import NlpModel, Training
from preannotation.models.registry import NAME_PATTERN, Kind, NlpModelQuerySet, Origin
from projects.models import Project

HOW = "Use lower case letters and digits, with _ . - between them, 100 characters at most."


def name_problem(name: str, project: Project | None) -> str:
    """Why a new version can't have this name, as a sentence; "" where it can. project: None for all projects.

    A name belongs to the project that brought it, or to all: a stranger's next version would be deployed in its place.
    """
    if not re.fullmatch(NAME_PATTERN, name):
        return f"\"{name}\" can't be a model's name. {HOW}"
    taken = NlpModel.objects.filter(name=name)
    other = taken.exclude(project=project).first() if project else taken.exclude(project=None).first()
    # Its next version may follow, wherever the earlier ones are offered by now.
    if not other or (project and _is_trained_by(project, taken)):
        return ""
    whose = "is published to all projects" if other.project_id is None else "belongs to another project"
    if project is None:
        whose = f"belongs to project {other.project_id}"
    return f'There is a model "{name}" already, which {whose}. Choose another name.'


def vectors_name(name: str) -> str:
    """Of the word vectors that are trained along with a model of this name."""
    return f"{name[:92]}_vectors"


def _is_trained_by(project: Project, versions: NlpModelQuerySet) -> bool:
    """Whether one came of a training of this project, as its model or as word vectors that it trained along."""
    # Somebody else may have brought a copy of such vectors in under a name of their own.
    vectors = versions.filter(kind=Kind.EMBEDDINGS, origin=Origin.TRAINED).values("storage_ref")
    along = Q(own_embeddings=True, nlp_model__storage_ref__in=vectors)
    return Training.objects.filter(Q(nlp_model__in=versions) | along, project=project).exists()


def kind_problem(name: str, kind: str) -> str:
    """Why a version of this kind can't have this name; "" where it can. The next version takes the place of the one
    before it wherever a config names it, so all of a name are of one kind."""
    other = NlpModel.objects.filter(name=name).exclude(kind=kind).first()
    if other is None:
        return ""
    was, is_now = str(other.get_kind_display()).lower(), Kind(kind).label.lower()
    return f'The model "{name}" is there for {was}, and this one is for {is_now}. Choose another name.'
