from __future__ import annotations

from django.urls import path

from dashboard.jobs.activity import views

app_name = "activity"
urlpatterns = [
    path("", views.page, name="page"),
    path("jobs/<int:job_id>/", views.job, name="job"),
    path("jobs/<int:job_id>/toast/", views.toast, name="toast"),
    path("jobs/<int:job_id>/stop/", views.stop, name="stop"),
    path("jobs/<int:job_id>/retry/", views.retry, name="retry"),
    path("runs/<int:run_id>/", views.run, name="run"),
    path("runs/<int:run_id>/retry/", views.retry_run, name="retry-run"),
]
