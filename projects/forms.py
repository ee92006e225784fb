"""What people type and pick."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser

from projects.exchange import FORMATS, ONLY, Wanted
from projects.exchange.reading import FILE_NAMES
from projects.models import Project
from projects.team import GIVEN_ROLES

MAX_DIGITS = 18
# Control characters, and marks that turn the direction of whatever stands behind the name.
UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069]")


def task_id(value: str | None) -> int | None:
    """The id that an address names; None for anything that can't be one."""
    if not value or not (value.isascii() and value.isdigit()) or len(value) > MAX_DIGITS:
        return None
    return int(value)


class ProjectForm(forms.ModelForm):
    class Meta:
        model = Project
        fields = ["name", "description"]
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if UNSEEN.search(name):
            raise forms.ValidationError(
                "The name holds characters that can't be seen and would disturb the text around it. Type it anew."
            )
        return name


class SettingsForm(ProjectForm):
    class Meta(ProjectForm.Meta):
        fields = [
            "name",
            "description",
            "annotators_take_next",
            "next_task_order",
            "measure_time",
            "preannotate_imports",
        ]


class DeleteForm(forms.Form):
    """Asks for the project's name, so that nobody deletes the wrong one."""

    name = forms.CharField(label="Project name", strip=True, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project = project

    def clean_name(self) -> str:
        name = self.cleaned_data["name"]
        if name != self.project.name.strip():
            raise forms.ValidationError("That is not this project's name. Nothing was deleted.")
        return name


class RolesForm(forms.Form):
    roles = forms.MultipleChoiceField(
        label="Roles",
        choices=[(role.value, role.label) for role in GIVEN_ROLES],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )


class AddMemberForm(RolesForm):
    username = forms.CharField(max_length=150, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    field_order = ["username", "roles"]

    def clean_username(self) -> AbstractUser:
        username = self.cleaned_data["username"]
        user = get_user_model().objects.filter(username=username, is_active=True).first()
        if not user:
            raise forms.ValidationError(f'There is no user "{username}". Ask an admin to create the account.')
        return user

    def clean_roles(self) -> list[str]:
        if not self.cleaned_data["roles"]:
            raise forms.ValidationError("Tick at least one role.")
        return self.cleaned_data["roles"]


class ImportForm(forms.Form):
    file = forms.FileField(
        error_messages={"required": "Choose a file first.", "empty": "This file is empty. Choose another one."},
        widget=forms.FileInput(attrs={"accept": ",".join(FILE_NAMES)}),
        max_length=255,
    )


class ExportForm(forms.Form):
    format = forms.ChoiceField(choices=list(FORMATS.items()), widget=forms.RadioSelect, initial=next(iter(FORMATS)))
    completions = forms.BooleanField(required=False, initial=True)
    only = forms.ChoiceField(label="Completions", choices=list(ONLY.items()), required=False)
    predictions = forms.BooleanField(required=False, initial=True)

    @property
    def wanted(self) -> Wanted:
        """What a valid form asks for."""
        return Wanted(**self.cleaned_data)


class ReviewForm(forms.Form):
    """seen: the review that stood there when the page was made."""

    verdict = forms.ChoiceField(
        choices=[("accepted", "Accept"), ("rejected", "Reject"), ("correct", "Correct it myself")],
        error_messages={"required": "Accept, reject or correct?"},
    )
    comment = forms.CharField(required=False, max_length=5_000, strip=True)
    seen = forms.CharField(required=False, max_length=20)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("verdict") == "rejected" and not data.get("comment"):
            self.add_error("comment", "Say in the comment what is to be corrected. Nothing was changed.")
        return data
