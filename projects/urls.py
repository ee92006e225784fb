from django.urls import path

from projects.views import activity, bulk, compare, exchange, overview, projects, setup, tasks, team

app_name = "projects"

urlpatterns = [
    path("", projects.project_list, name="list"),
    path("new/", projects.new, name="new"),
    path("<int:pk>/", tasks.task_list, name="tasks"),
    path("<int:pk>/tasks/bulk/progress/", bulk.bulk_progress, name="bulk_progress"),
    path("<int:pk>/tasks/bulk/<slug:verb>/", bulk.bulk, name="bulk"),
    path("<int:pk>/tasks/count/", tasks.task_count, name="task_count"),
    path("<int:pk>/tasks/<int:task_pk>/", tasks.task, name="task"),
    path("<int:pk>/tasks/<int:task_pk>/compare/", compare.compare, name="compare"),
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
