from __future__ import annotations

from django.db import models
from django.utils import timezone

from projects.models.completion import Completion


class Verdict(models.Model):
    """What one completion makes of one region that a model proposed, or of one that it missed.

    Written when a completion is submitted, and kept as plain data, so that it outlives the prediction. `label` is the
    exported name that the model gave (of an added region: the person's), `corrected_label` the person's where it
    differs. `control` is the Labels or Choices that both belong to. `confidence` is the model's, 0..1.
    """

    class Kind(models.TextChoices):
        ACCEPTED = "accepted", "Accepted"
        BOUNDARY = "boundary", "Boundary fixed"
        RELABELLED = "relabelled", "Relabelled"
        REJECTED = "rejected", "Rejected"
        ADDED = "added", "Added by hand"

    completion = models.ForeignKey(Completion, models.CASCADE, related_name="verdicts")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    control = models.CharField(max_length=200)
    label = models.CharField(max_length=200)
    corrected_label = models.CharField(max_length=200, blank=True)
    region_id = models.CharField(max_length=200, help_text="of the prediction; of an added region, of the completion")
    prediction_id = models.BigIntegerField(null=True)
    model = models.CharField(max_length=200, blank=True)
    model_version = models.CharField(max_length=80, blank=True)
    confidence = models.FloatField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["kind", "completion"], name="verdict_by_kind")]

    def __str__(self) -> str:
        return f"{self.kind} {self.label} of {self.model} {self.model_version}".rstrip()
