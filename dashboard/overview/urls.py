from __future__ import annotations

from django.urls import path

from dashboard.overview import views

app_name = "overview"
# servers/<slug>/
urlpatterns = [
    path("", views.page, name="page"),
    path("health-dot/", views.health_dot, name="health-dot"),
]
