from __future__ import annotations

from django.urls import path

from dashboard.metadata import change_views, sheet_views, views

app_name = "metadata"
urlpatterns = [
    path("", views.summary, name="page"),
    path("change/", change_views.change, name="change"),
    path("export/", sheet_views.export, name="export"),
    path("import/", sheet_views.bring_in, name="import"),
]
