from __future__ import annotations

from django.urls import path

from dashboard.retrieval import history_views, views

app_name = "retrieval"
# retrieval/
urlpatterns = [
    path("", views.lab, name="lab"),
    path("documents/", views.documents, name="documents"),
    path("chunk/", views.chunk, name="chunk"),
    path("history/", history_views.history, name="history"),
    path("history/forget/", history_views.forget, name="forget"),
]
