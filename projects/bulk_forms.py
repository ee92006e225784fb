"""What is to be done to the selected tasks, as people pick it, and the numbers that they have seen."""

from __future__ import annotations

from typing import Any

from django import forms

from projects.access import Membership
from projects.bulk import AT_RANDOM, EVENLY, EVERYBODY
from projects.models.project import Role
from projects.selection import Selection
from projects.team import ANNOTATING, REVIEWING

TAG_LENGTH = 60
MOST_TAGS = 20


class BulkForm(forms.Form):
    """`count` is what the person saw; the same must be true at the click. verb, what, words: see `projects.bulk`."""

    counted = ("count",)
    count = forms.IntegerField(widget=forms.HiddenInput, required=False)

    verb: str
    what: dict[str, Any]
    words: str

    def __init__(self, *args: Any, membership: Membership, selection: Selection, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.membership = membership
        self.selection = selection
        self.use_required_attribute = False

    def clean(self) -> dict[str, Any]:
        if any(self.cleaned_data.get(name) != getattr(self.selection, name) for name in self.counted):
            self.add_error(None, "The numbers have changed since you opened this. Look again, then click once more.")
        elif not self.selection.count:
            self.add_error(None, "No task is selected. Tick tasks first.")
        elif not self.errors:
            self.decide()
        return self.cleaned_data

    def decide(self) -> None:
        """Sets verb, what and words."""
        raise NotImplementedError


class TagForm(BulkForm):
    how = forms.ChoiceField(
        label="What", choices=[("tag", "Add"), ("untag", "Remove")], widget=forms.RadioSelect, initial="tag"
    )
    tags = forms.CharField(
        label="Tags",
        max_length=1000,
        help_text=f"Several with commas between; each up to {TAG_LENGTH} characters.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "bulk-tags"}),
        error_messages={"required": "Name at least one tag."},
    )

    def clean_tags(self) -> list[str]:
        tags = list(dict.fromkeys(" ".join(tag.split()) for tag in self.cleaned_data["tags"].split(",") if tag.strip()))
        long = [tag for tag in tags if len(tag) > TAG_LENGTH]
        if long:
            raise forms.ValidationError(f'"{long[0][:80]}" is longer than {TAG_LENGTH} characters. Shorten it.')
        if not tags or len(tags) > MOST_TAGS:
            raise forms.ValidationError(f"Name 1 to {MOST_TAGS} tags.")
        return sorted(tags)

    def decide(self) -> None:
        self.verb, self.what = self.cleaned_data["how"], {"tags": self.cleaned_data["tags"]}
        names = ", ".join(self.cleaned_data["tags"])
        self.words = f"tagged {names}" if self.verb == "tag" else f"freed of the tag {names}"


class AssignForm(BulkForm):
    how = forms.ChoiceField(
        label="What",
        choices=[
            (EVERYBODY, "Annotators: each task to all of the chosen"),
            (EVENLY, "Annotators: each task to one of the chosen, in turn"),
            (AT_RANDOM, "Annotators: each task to one of the chosen, drawn by lot, as evenly"),
            ("reviewer", "Reviewer: the one chosen, instead of the last one"),
            ("unassign", "Take the annotators back: the chosen, or all where nobody is chosen"),
            ("unreview", "Take the reviewer back"),
        ],
        widget=forms.RadioSelect,
        initial=EVERYBODY,
    )
    people = forms.MultipleChoiceField(label="People", widget=forms.CheckboxSelectMultiple, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names: dict[int, str] = {}
        self.roles: dict[int, set[str]] = {}
        for member in self.membership.project.members.all():
            self.names[member.user_id] = member.user.username
            self.roles.setdefault(member.user_id, set()).add(member.role)
        self.fields["people"].choices = [
            (str(pk), f"{name} ({', '.join(role.label.lower() for role in Role if role in self.roles[pk])})")
            for pk, name in self.names.items()
        ]

    def decide(self) -> None:
        how = self.cleaned_data["how"]
        users = [int(pk) for pk in self.cleaned_data["people"]]
        removes = how in ("unassign", "unreview")
        role = "reviewer" if how in ("reviewer", "unreview") else "annotator"
        names = ", ".join(self.names[user] for user in users)
        unfit = [self.names[user] for user in users if not self.roles[user] & self._fit(role)]
        if not users and not removes:
            self.add_error("people", "Choose who gets the tasks.")
        elif how == "reviewer" and len(users) > 1:
            self.add_error("people", "A task has one reviewer: choose one person.")
        elif unfit and not removes:
            verb = "review" if role == "reviewer" else "annotate"
            self.add_error(
                "people", f"{', '.join(unfit)} may not {verb} in this project. Give the role on the Team page."
            )
        self.verb = "unassign" if removes else "assign"
        self.what = {"role": role, "how": how, "users": [] if how == "unreview" else users}
        whom = "their reviewer" if how == "unreview" else names or "all annotators"
        self.words = f"taken back from {whom}" if removes else f"assigned to {names}"

    def _fit(self, role: str) -> set[str]:
        return REVIEWING if role == "reviewer" else ANNOTATING


class BulkDeleteForm(BulkForm):
    counted = ("count", "completion_count", "prediction_count")
    completion_count = forms.IntegerField(widget=forms.HiddenInput, required=False)
    prediction_count = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def decide(self) -> None:
        self.verb, self.what, self.words = "delete", {}, "deleted"


FORMS: dict[str, type[BulkForm]] = {"tag": TagForm, "assign": AssignForm, "delete": BulkDeleteForm}
