"""Holds a submitted completion against the prediction that its person saw, and keeps the verdicts."""

from __future__ import annotations

from collections import Counter

from django.db.models import Q

from projects.completion_body import COPIED_FROM
from projects.labeling_config import LabelingConfig
from projects.models import Completion, Prediction, Verdict
from projects.verdicts import Proposed, judge


def record_verdicts(completion: Completion, config: LabelingConfig) -> None:
    """Write the verdicts of this completion; none where there is no prediction."""
    prediction = judged_prediction(completion)
    if prediction is None:
        return
    names = {str(prediction.pk), prediction.external_id} - {""}
    proposed = Proposed(prediction.pk, prediction.model_version, prediction.result, names)
    found = judge(proposed, completion.result, config)
    Verdict.objects.bulk_create([Verdict(completion=completion, **vars(judgement)) for judgement in found])


def judged_prediction(completion: Completion) -> Prediction | None:
    """The one that it was copied from; else the one that most of its regions and rejections name; else the newest that
    showed when it was begun, or that shows at all."""
    predictions = Prediction.objects.filter(task=completion.task_id)
    for name in _named(completion):
        if found := predictions.filter(Q(pk=name) | Q(external_id=str(name))).order_by("pk").first():
            return found
    shown = predictions.shown()
    return shown.filter(created_at__lte=completion.created_at).first() or shown.first()


def _named(completion: Completion) -> list[int]:
    """Ids of predictions, the likeliest first. Those of imported work are the file's."""
    copied = COPIED_FROM.fullmatch(completion.copied_from)
    first = [int(completion.copied_from.split()[1])] if copied and copied[1] == "prediction" else []
    entries = [region.get("prediction") for region in completion.result]
    entries += [entry.get("prediction") for entry in completion.set_aside]
    ids = Counter(int(name) for name in entries if str(name).isascii() and str(name).isdigit() and len(str(name)) < 19)
    return list(dict.fromkeys([*first, *(name for name, _ in ids.most_common(1))]))
