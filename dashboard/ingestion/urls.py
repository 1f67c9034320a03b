from __future__ import annotations

from django.urls import path

from dashboard.ingestion import views

app_name = "ingestion"
urlpatterns = [
    path("", views.page, name="page"),
    path("documents/<str:document_id>/", views.document, name="document"),
    path("runs/<str:log_id>/", views.run, name="run"),
]
