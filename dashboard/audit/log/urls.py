from __future__ import annotations

from django.urls import path

from dashboard.audit.log import views

app_name = "audit"
# audit-log/
urlpatterns = [
    path("", views.page, name="log"),
    path("entries.csv", views.export, name="export"),
]
