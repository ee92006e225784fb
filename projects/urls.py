from django.urls import include, path

from projects.views import (
    activity,
    assigning,
    bulk,
    compare,
    completions,
    exchange,
    next_task,
    overview,
    projects,
    review,
    setup,
    tasks,
    team,
)

app_name = "projects"

completion = [
    path("json/", completions.completion_json, name="completion_json"),
    path("save/", completions.completion_save, name="completion_save"),
    path("submit/", completions.completion_submit, name="completion_submit"),
    path("clone/", completions.completion_clone, name="completion_clone"),
    path("star/", completions.completion_star, name="completion_star"),
    path("delete/", completions.completion_delete, name="completion_delete"),
    path("review/", review.completion_review, name="completion_review"),
]
task = [
    path("completions/", completions.completion_create, name="completion_create"),
    path("completions/<int:completion_pk>/", include(completion)),
    path("predictions/<int:prediction_pk>/", completions.prediction_json, name="prediction_json"),
]

urlpatterns = [
    path("", projects.project_list, name="list"),
    path("new/", projects.new, name="new"),
    path("<int:pk>/", tasks.task_list, name="tasks"),
    path("<int:pk>/tasks/bulk/progress/", bulk.bulk_progress, name="bulk_progress"),
    path("<int:pk>/tasks/bulk/<slug:verb>/", bulk.bulk, name="bulk"),
    path("<int:pk>/next/", next_task.next_task, name="next_task"),
    path("<int:pk>/tasks/<int:task_pk>/assign/", assigning.assign, name="task_assign"),
    path("<int:pk>/tasks/count/", tasks.task_count, name="task_count"),
    path("<int:pk>/tasks/outside/", tasks.tasks_outside, name="tasks_outside"),
    path("<int:pk>/tasks/<int:task_pk>/", tasks.task, name="task"),
    path("<int:pk>/tasks/<int:task_pk>/compare/", compare.compare, name="compare"),
    path("<int:pk>/tasks/<int:task_pk>/", include(task)),
    path("<int:pk>/setup/", setup.setup, name="setup"),
    path("<int:pk>/setup/check/", setup.check, name="setup_check"),
    path("<int:pk>/team/", team.team, name="team"),
    path("<int:pk>/team/hand-over/", team.hand_over, name="team_hand_over"),
    path("<int:pk>/team/<int:user_pk>/", team.change, name="team_change"),
    path("<int:pk>/team/<int:user_pk>/remove/", team.remove, name="team_remove"),
    path("<int:pk>/import/", exchange.import_page, name="import"),
    path("<int:pk>/import/<int:report_pk>/", exchange.import_report, name="import_report"),
    path("<int:pk>/import/<int:report_pk>/cancel/", exchange.import_cancel, name="import_cancel"),
    path("<int:pk>/import/<int:report_pk>/problems.csv", exchange.import_problems, name="import_problems"),
    path("<int:pk>/export/", exchange.export_page, name="export"),
    path("<int:pk>/export/list/", exchange.export_list, name="export_list"),
    path("<int:pk>/export/<int:report_pk>/file/", exchange.export_file, name="export_file"),
    path("<int:pk>/export/<int:report_pk>/cancel/", exchange.export_cancel, name="export_cancel"),
    path("<int:pk>/overview/", overview.overview, name="overview"),
    path("<int:pk>/activity/", activity.activity, name="activity"),
    path("<int:pk>/settings/", projects.settings, name="settings"),
    path("<int:pk>/delete/", projects.delete, name="delete"),
]
