from preannotation.models.deployment import Deployment
from preannotation.models.registry import NlpModel
from preannotation.models.run import PreannotationRun, RunTask
from preannotation.models.tryout import TryOut
from preannotation.models.worker import Worker

__all__ = ["Deployment", "NlpModel", "PreannotationRun", "RunTask", "TryOut", "Worker"]
