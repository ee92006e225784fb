from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from preannotation.commands import add_project_arguments, answer, answer_rows, wait_for
from preannotation.models import Training
from preannotation.training import actions
from preannotation.training.asked import OWN, Asked, embeddings_of
from preannotation.training.parameters import RANGES
from projects.commands import project_of, user_of
from projects.models import Project

PARAMETERS = sorted({name for ranges in RANGES.values() for name in ranges})


class Command(BaseCommand):
    help = "Train a model from a project's completions and wait for it; list trainings, or cancel one."

    def add_arguments(self, parser: CommandParser) -> None:
        add_project_arguments(parser)
        parser.add_argument("--list", action="store_true", help="list the project's trainings, newest first")
        parser.add_argument("--cancel", type=int, metavar="ID", help="cancel this training")
        parser.add_argument("--subject", help="what is learned, as ner:label; the config's first where it is left out")
        parser.add_argument("--engine", help=", ".join(RANGES))
        parser.add_argument("--name", help="the model's name in the registry")
        parser.add_argument("--embeddings", help=f"name of an embeddings entry, or {OWN} for new word vectors")
        parser.add_argument("--reviewed", action="store_true", help="learn from reviewed completions only")
        parser.add_argument("--split", choices=Training.Split.values)
        parser.add_argument("--test-share", help="for testing, in percent")
        parser.add_argument("--seed", type=int)
        for name in PARAMETERS:
            parser.add_argument(f"--{name.replace('_', '-')}")
        parser.add_argument("--use", action="store_true", help="use it in the Labeling Config afterwards")
        parser.add_argument("--deploy", action="store_true", help="deploy afterwards")

    def handle(self, *args: Any, **options: Any) -> None:
        project = project_of(options["project"])
        of_project = Training.objects.of(project)
        if options["list"]:
            answer_rows(self.stdout, options["json"], [figures(training) for training in of_project])
            return
        by = user_of(options["user"], project)
        if options["cancel"]:
            training = of_project.filter(pk=options["cancel"]).first()
            if not training:
                raise CommandError(f"There is no training {options['cancel']} in this project.")
            actions.cancel(training, by)
        else:
            training = self._started(project, by, options)
            wait_for(training, _line, self.stdout, options["json"])
        training.refresh_from_db()
        answer(self.stdout, options["json"], figures(training))
        if training.state == Training.State.FAILED:
            raise CommandError(training.failure)

    def _started(self, project: Project, by: Any, options: dict[str, Any]) -> Training:
        asked = Asked.of(project, _given(project, options))
        if asked is None:
            raise CommandError("The Labeling Config has nothing that a model could learn.")
        if options["subject"] not in (None, asked.subject.key):
            keys = ", ".join(subject.key for subject in asked.subjects)
            raise CommandError(f"There is no subject {options['subject']}. There is: {keys}.")
        if asked.problems:
            raise CommandError(" ".join(asked.problems))
        try:
            return actions.start(asked.training, by)
        except actions.TrainingRefused as refused:
            raise CommandError(str(refused)) from refused


def figures(training: Training) -> dict[str, Any]:
    quality = training.quality
    return {
        "training": training.pk,
        "project": training.project_id,
        "state": training.state,
        "model": str(training.nlp_model or training.name),
        "engine": training.engine,
        "train": training.look.get("train"),
        "test": training.look.get("test"),
        "f1": quality.get("f1"),
        "accuracy": quality.get("accuracy"),
        "best_epoch": quality.get("best_epoch"),
        "epochs": len(training.history),
        "seconds": round(training.seconds, 1),
        "failure": training.failure,
        "remark": training.remark,
    }


def _given(project: Project, options: dict[str, Any]) -> dict[str, str]:
    """As the form would send it."""
    given = {name: options[name] for name in ("subject", "engine", "name", "split", "test_share", "seed", *PARAMETERS)}
    given |= {"source": Training.Source.REVIEWED if options["reviewed"] else None}
    given |= {"use_in_config": options["use"] or None, "deploy_after": options["deploy"] or None}
    if wanted := options["embeddings"]:
        rows = {row.name: str(row.pk) for row in embeddings_of(project)} | {OWN: OWN}
        if wanted not in rows:
            raise CommandError(f"There are no embeddings {wanted}. There is: {', '.join(rows)}.")
        given["embeddings"] = rows[wanted]
    return {name: str(value) for name, value in given.items() if value is not None}


def _line(training: Training) -> str:
    last = training.history[-1] if training.history else None
    epoch = f", epoch {last['epoch']} of {last.get('of') or '?'}" if last else ""
    phase = f", {training.phase}" if training.phase else ""
    return f"{training}: {training.get_state_display().lower()}{phase}{epoch}"
