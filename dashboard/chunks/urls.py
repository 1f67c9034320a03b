from __future__ import annotations

from django.urls import path

from dashboard.chunks import views

app_name = "chunks"
# datasets/<dataset_id>/documents/<document_id>/chunks/
urlpatterns = [
    path("", views.list_chunks, name="list"),
    path("waiting/", views.waiting, name="waiting"),
    path("metadata/", views.metadata, name="metadata"),
]
