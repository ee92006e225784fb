from django.urls import path

from preannotation.views import (
    active_learning,
    deployments,
    operations,
    popup,
    run_changes,
    runs,
    training,
    tryout,
    widget,
)

app_name = "preannotation"

urlpatterns = [
    path("projects/<int:pk>/preannotate/", popup.popup, name="popup"),
    path("projects/<int:pk>/deploy/", deployments.deploy, name="deploy"),
    path("projects/<int:pk>/deployments/others/", deployments.other_deployments, name="others"),
    path("projects/<int:pk>/deployments/<int:deployment_pk>/", deployments.deployment, name="deployment"),
    path("projects/<int:pk>/deployments/<int:deployment_pk>/stop/", deployments.stop, name="stop"),
    path("operations/", operations.operations, name="operations"),
    path("operations/deployments/<int:pk>/stop/", operations.stop, name="operations_stop"),
    path("projects/<int:pk>/runs/", runs.runs, name="runs"),
    path("projects/<int:pk>/runs/start/", runs.start, name="start"),
    path("projects/<int:pk>/runs/progress/", runs.progress, name="progress"),
    path("projects/<int:pk>/runs/<int:run_pk>/", runs.run, name="run"),
    path("projects/<int:pk>/runs/<int:run_pk>/cancel/", runs.cancel, name="cancel"),
    path("projects/<int:pk>/runs/<int:run_pk>/retry/", run_changes.retry, name="retry"),
    path("projects/<int:pk>/runs/<int:run_pk>/roll-back/", run_changes.roll_back, name="roll_back"),
    path("projects/<int:pk>/training/active-learning/", active_learning.active_learning, name="active_learning"),
    path("projects/<int:pk>/try-outs/", tryout.ask, name="ask_try_out"),
    path("projects/<int:pk>/try-outs/<int:try_out_pk>/", tryout.show, name="try_out"),
    path("projects/<int:pk>/setup/models/", widget.widget, name="widget"),
    path("projects/<int:pk>/setup/models/add/", widget.add_labels, name="add_labels"),
    path("projects/<int:pk>/setup/models/take-out/", widget.take_out, name="take_out"),
    path("projects/<int:pk>/training/", training.trainings, name="trainings"),
    path("projects/<int:pk>/training/look/", training.look, name="training_look"),
    path("projects/<int:pk>/training/start/", training.start, name="training_start"),
    path("projects/<int:pk>/training/<int:training_pk>/", training.training, name="training"),
    path("projects/<int:pk>/training/<int:training_pk>/cancel/", training.cancel, name="training_cancel"),
]
