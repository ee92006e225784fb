"""What active learning did, for the page and for the log; the caller's transaction is that of the deed."""

from __future__ import annotations

from typing import Final

from django.utils import timezone

from preannotation.models import ActiveLearning
from projects.models import Activity

WORDS: Final = 500


def say(rule: ActiveLearning, words: str) -> None:
    """Nobody did it: it is the product's own doing."""
    words = clause(words)
    rule.said, rule.said_at = words[:WORDS], timezone.now()
    rule.save(update_fields=["said", "said_at"])
    Activity.objects.record(rule.project_id, None, Activity.Verb.MODELS, f"active learning: {words}")


def clause(sentence: str) -> str:
    """To go on behind it: whoever explains something may have ended with a full stop, or not."""
    return sentence.strip().rstrip(".")
