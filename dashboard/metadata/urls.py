from __future__ import annotations

from django.urls import path

from dashboard.metadata import views
from dashboard.metadata.change import views as change_views
from dashboard.metadata.csv import views as sheet_views
from dashboard.metadata.grid import views as grid_views

app_name = "metadata"
urlpatterns = [
    path("", views.summary, name="page"),
    path("change/", change_views.change, name="change"),
    path("table/", grid_views.table, name="grid"),
    path("table/<str:document_id>/", grid_views.save, name="save"),
    path("export/", sheet_views.export, name="export"),
    path("import/", sheet_views.bring_in, name="import"),
    path("undo/<int:job_id>/", sheet_views.undo, name="undo"),
]
