from __future__ import annotations

from django.urls import path

from dashboard.graph import job_views, views

app_name = "graph"
urlpatterns = [
    path("", views.page, name="page"),
    path("export/", views.export, name="export"),
    path("progress/", job_views.progress, name="progress"),
    path("run/", job_views.run, name="run"),
    path("release/", job_views.release, name="release"),
    path("delete/", job_views.delete, name="delete"),
]
