"""A project's active learning: how it is set, and what it does."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from preannotation.active_learning import switch
from preannotation.learning_form import ActiveLearningForm
from preannotation.learning_page import LearningView, stored
from projects.access import Membership, manager_or_403


@require_http_methods(["GET", "POST"])
def active_learning(request: HttpRequest, pk: int) -> HttpResponse:
    membership = manager_or_403(request.user, pk)
    if request.method == "GET":
        return _state(request, membership) if request.htmx else _page(request, membership)
    rule = stored(membership.project)
    form = ActiveLearningForm(request.POST, instance=rule, prefix="learning")
    if not form.is_valid():
        return _page(request, membership, form)
    switch(form.save(commit=False), request.user)
    messages.success(request, "Active learning is on." if rule.is_on else "Active learning is off.")
    return redirect("preannotation:active_learning", pk)


def _page(request: HttpRequest, membership: Membership, form: ActiveLearningForm | None = None) -> HttpResponse:
    context = learning_context(membership, form)
    return render(request, "preannotation/active_learning.html", context, status=422 if form else 200)


def _state(request: HttpRequest, membership: Membership) -> HttpResponse:
    """What changes by itself. seen: the mark of what the page shows; 204 where that still stands."""
    context = learning_context(membership)
    if request.GET.get("seen") == context["learning"].mark:
        return HttpResponse(status=204)
    return render(request, "preannotation/_active_learning_state.html", context)


def learning_context(membership: Membership, form: ActiveLearningForm | None = None) -> dict[str, Any]:
    """For every page with the fragment `_active_learning.html`."""
    project = membership.project
    return {"membership": membership, "project": project, "learning": LearningView.of(project, form)}
