"""Pre-annotation that an import sets off."""

from __future__ import annotations

from preannotation import actions
from projects.models import ImportReport, Project, Task


def preannotate_imported(project: Project, report: ImportReport) -> str:
    """For settings.AFTER_IMPORT: start a run over what came in, where the project wants that. Returns what was
    started, or why nothing was; "" where there is nothing to say."""
    if not project.preannotate_imports or not report.first_task:
        return ""
    came_in = Task.objects.filter(project=project, pk__gte=report.first_task, pk__lte=report.last_task)
    unanswered = came_in.without_predictions()
    if not unanswered.exists():
        return "Not preannotated: all that came in has predictions already."
    try:
        run = actions.preannotate(
            project,
            report.created_by,
            unanswered,
            f"import of {report.file_name}",
            actions.RunOptions(is_automatic=True),
        )
    except actions.Refused as refusal:
        return f"Not preannotated: {' '.join(str(problem) for problem in refusal.problems)}"[:300]
    return f"Run {run.pk} preannotates what came in."
