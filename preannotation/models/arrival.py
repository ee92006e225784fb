from __future__ import annotations

from django.conf import settings
from django.db import models

from preannotation.models.registry import NlpModel
from projects.models import Project
from projects.models.background import Background, BackgroundQuerySet


class ArrivalQuerySet(BackgroundQuerySet):
    def newest(self) -> ArrivalQuerySet:
        return self.select_related("created_by", "nlp_model").order_by("-pk")


class Arrival(Background):
    """A model on its way into the registry from elsewhere. `project`: whose it will be; None: of all projects.

    `file` is an upload's name among the uploads, `source` what was asked for: a file's name, a folder of this server, a
    name of the public hub. `done` of `total` bytes were received or copied.
    """

    class Way(models.TextChoices):
        UPLOAD = "upload", "Uploaded zip"
        FOLDER = "folder", "Folder on the server"
        HUB = "hub", "Public model hub"
        VECTORS = "vectors", "File of word vectors"
        ONNX = "onnx", "Transformer embeddings as ONNX"

    way = models.CharField(max_length=8, choices=Way.choices)
    name = models.CharField(max_length=100, help_text="the model's name in the registry")
    language = models.CharField(max_length=12, default="en")
    source = models.CharField(max_length=500)
    file = models.CharField(max_length=80, blank=True)
    project = models.ForeignKey(Project, models.CASCADE, null=True, blank=True, related_name="arrivals")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    phase = models.CharField(max_length=120, blank=True)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    nlp_model = models.ForeignKey(NlpModel, models.SET_NULL, null=True, blank=True, related_name="arrivals")

    objects = ArrivalQuerySet.as_manager()

    def __str__(self) -> str:
        return f"arrival {self.pk}"
