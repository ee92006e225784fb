from preannotation.models.active_learning import ActiveLearning, Comparison
from preannotation.models.arrival import Arrival
from preannotation.models.deployment import Deployment
from preannotation.models.evaluation import Evaluation
from preannotation.models.registry import NlpModel
from preannotation.models.run import PreannotationRun, RunTask
from preannotation.models.training import Training
from preannotation.models.tryout import TryOut
from preannotation.models.worker import Worker

__all__ = [
    "ActiveLearning",
    "Arrival",
    "Comparison",
    "Deployment",
    "Evaluation",
    "NlpModel",
    "PreannotationRun",
    "RunTask",
    "Training",
    "TryOut",
    "Worker",
]
