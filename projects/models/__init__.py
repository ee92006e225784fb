from projects.models.completion import Completion
from projects.models.export_report import ExportReport
from projects.models.import_report import ImportReport
from projects.models.prediction import Prediction
from projects.models.project import Member, Project
from projects.models.task import Assignment, Task

__all__ = ["Assignment", "Completion", "ExportReport", "ImportReport", "Member", "Prediction", "Project", "Task"]
