"""The completions of a task as its page lists them, each with what this person may do with it."""

from __future__ import annotations

from dataclasses import dataclass

from projects.forms import task_id
from projects.models import Completion
from projects.models.completion import ReviewState
from projects.task_access import TaskAccess


@dataclass(frozen=True)
class CompletionRow:
    """asked: the address names this one. compared_with: as the compare page's address names the other side, "" for
    none."""

    completion: Completion
    access: TaskAccess
    asked: bool
    compared_with: str

    @property
    def is_own(self) -> bool:
        return self.completion.user_id == self.access.user.pk

    @property
    def may_clone(self) -> bool:
        return self.access.may_clone(self.completion)

    @property
    def may_star(self) -> bool:
        return self.access.may_star(self.completion)

    @property
    def may_delete(self) -> bool:
        return self.access.may_delete(self.completion)

    @property
    def may_review(self) -> bool:
        """What was corrected is done with, and its correction counts without a review."""
        return (
            self.access.reviews
            and self.completion.submitted_at is not None
            and self.completion.corrects_id is None
            and self.completion.review != ReviewState.CORRECTED
        )


def completion_rows(access: TaskAccess, asked: str | None, prediction: int | None) -> dict[str, object]:
    """What _completions.html and _review.html show. asked: the completion that the address names; without one the
    oldest of those that wait for this person's review. prediction: id of the one on the page."""
    pk = task_id(asked)
    listed = list(access.completions.listed())
    rows = [CompletionRow(done, access, done.pk == pk, _other_side(done, listed, prediction)) for done in listed]
    waiting = [row for row in rows if row.may_review and not row.completion.review and not row.is_own]
    chosen = next((row for row in rows if row.asked), waiting[-1] if waiting and not pk else None)
    return {"completion_rows": rows, "review_of": chosen if chosen and chosen.may_review else None}


def _other_side(completion: Completion, listed: list[Completion], prediction: int | None) -> str:
    if prediction:
        return f"p{prediction}"
    return next((f"c{other.pk}" for other in listed if other.pk != completion.pk), "")
