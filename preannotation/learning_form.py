"""The rule of active learning as people set it."""

from __future__ import annotations

from typing import Any

from django import forms

from preannotation.contract import EMBEDDINGS
from preannotation.models import ActiveLearning, NlpModel, Training


class TemplateField(forms.ModelChoiceField):
    def label_from_instance(self, training: Training) -> str:
        return f"{training.name}: {training.get_kind_display()}, {training.engine}, as in {training}"


class ActiveLearningForm(forms.ModelForm):
    """Repeats one of the project's trainings that gave a model; of each model's name the last one is offered."""

    template = TemplateField(
        queryset=None,
        required=False,
        label="What to train",
        empty_label="Choose a training to repeat",
        help_text="Repeated with its labels, split and parameters, on the completions of that moment.",
    )
    every = forms.IntegerField(
        label="After how many new submitted completions",
        min_value=1,
        max_value=100_000,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    margin = forms.FloatField(
        label="Deploy when better by at least",
        min_value=0.0,
        max_value=1.0,
        widget=forms.NumberInput(attrs={"step": "0.001", "inputmode": "decimal"}),
        help_text="Of F1 or accuracy, 0 to 1, on the held-out tasks: 0.01 is one point.",
    )

    class Meta:
        model = ActiveLearning
        fields = ["is_on", "template", "embeddings", "every", "margin"]
        labels = {"is_on": "Train and deploy by itself", "embeddings": "Embeddings"}

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        project = self.instance.project
        done = Training.objects.filter(project=project, state=Training.State.DONE, nlp_model__isnull=False)
        last = done.order_by("name", "-pk").distinct("name").values("pk")
        # The one that is set stays on offer, also where a later one of the same name came since.
        self.fields["template"].queryset = Training.objects.filter(pk__in=last) | Training.objects.filter(
            pk=self.instance.template_id
        )
        embeddings = NlpModel.objects.usable_in(project).filter(kind=EMBEDDINGS)
        self.fields["embeddings"].queryset = embeddings.order_by("name", "-version")
        self.fields["embeddings"].empty_label = "As in that training"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("is_on") and not cleaned.get("template") and "template" not in self.errors:
            self.add_error("template", "Choose the training to repeat. Where there is none, train once by hand.")
        return cleaned
