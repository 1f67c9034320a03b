from __future__ import annotations

from django.urls import path

from dashboard.documents.outdated import views

app_name = "outdated"
# datasets/<id>/settings/
urlpatterns = [
    path("older/", views.older, name="older"),
    path("apply/", views.apply, name="apply"),
]
