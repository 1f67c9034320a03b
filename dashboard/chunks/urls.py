from __future__ import annotations

from django.urls import path

from dashboard.chunks.bulk import views as bulk_views
from dashboard.chunks.edit import journal_views, split_views
from dashboard.chunks.edit import views as edit_views
from dashboard.chunks.list import views
from dashboard.chunks.source import views as source_views

app_name = "chunks"
# datasets/<dataset_id>/documents/<document_id>/chunks/
urlpatterns = [
    path("", views.list_chunks, name="list"),
    path("waiting/", views.waiting, name="waiting"),
    path("metadata/", views.metadata, name="metadata"),
    path("source/", source_views.source, name="source"),
    path("picture/", source_views.picture, name="picture"),
    path("image/<str:image_id>/", source_views.image, name="image"),
    path("new/", edit_views.add, name="add"),
    path("switch/", bulk_views.switch, name="switch"),
    path("delete/", bulk_views.delete, name="delete"),
    path("edits/", journal_views.edits, name="edits"),
    path("edits/apply/", journal_views.apply, name="apply"),
    path("undo/", split_views.undo, name="undo"),
    path("<str:chunk_id>/", edit_views.card, name="card"),
    path("<str:chunk_id>/text/", edit_views.text, name="text"),
    path("<str:chunk_id>/split/", split_views.split, name="split"),
    path("<str:chunk_id>/merge/<str:other_id>/", split_views.merge, name="merge"),
    path("<str:chunk_id>/edit/", edit_views.edit, name="edit"),
]
