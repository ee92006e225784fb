from django.urls import path

from preannotation.views import popup, runs, widget

app_name = "preannotation"

urlpatterns = [
    path("projects/<int:pk>/preannotate/", popup.popup, name="popup"),
    path("projects/<int:pk>/deploy/", popup.deploy, name="deploy"),
    path("projects/<int:pk>/deployments/<int:deployment_pk>/", popup.deployment, name="deployment"),
    path("projects/<int:pk>/runs/", runs.runs, name="runs"),
    path("projects/<int:pk>/runs/start/", runs.start, name="start"),
    path("projects/<int:pk>/runs/progress/", runs.progress, name="progress"),
    path("projects/<int:pk>/runs/<int:run_pk>/", runs.run, name="run"),
    path("projects/<int:pk>/runs/<int:run_pk>/cancel/", runs.cancel, name="cancel"),
    path("projects/<int:pk>/setup/models/", widget.widget, name="widget"),
    path("projects/<int:pk>/setup/models/add/", widget.add_labels, name="add_labels"),
    path("projects/<int:pk>/setup/models/take-out/", widget.take_out, name="take_out"),
]
