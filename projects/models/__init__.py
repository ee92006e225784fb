from projects.models.activity import Activity
from projects.models.bulk_change import BulkChange
from projects.models.completion import Completion
from projects.models.export_report import ExportReport
from projects.models.import_report import ImportReport
from projects.models.label_count import LabelCounts
from projects.models.prediction import Prediction
from projects.models.project import Member, Project
from projects.models.search import KnownValue, TaskMarks, TaskWords
from projects.models.task import Assignment, Task
from projects.models.verdict import Verdict

__all__ = [
    "Activity",
    "Assignment",
    "BulkChange",
    "Completion",
    "ExportReport",
    "ImportReport",
    "KnownValue",
    "LabelCounts",
    "Member",
    "Prediction",
    "Project",
    "Task",
    "TaskMarks",
    "TaskWords",
    "Verdict",
]
