from __future__ import annotations

from django.urls import path

from dashboard.playground import views

app_name = "playground"
# playground/
urlpatterns = [
    path("", views.list_targets, name="list"),
    path("assistants/<str:target_id>/", views.page, {"kind": "assistant"}, name="assistant"),
    path("assistants/<str:target_id>/run/", views.run, {"kind": "assistant"}, name="assistant-run"),
]
