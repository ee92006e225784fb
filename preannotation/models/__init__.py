from preannotation.models.deployment import Deployment
from preannotation.models.registry import NlpModel
from preannotation.models.run import PreannotationRun, RunTask
from preannotation.models.worker import Worker

__all__ = ["Deployment", "NlpModel", "PreannotationRun", "RunTask", "Worker"]
