from __future__ import annotations

from django.urls import path

from dashboard.conditions import views

app_name = "conditions"
urlpatterns = [
    path("line/", views.line, name="line"),
    path("keys/", views.keys, name="keys"),
    path("values/", views.values, name="values"),
    path("count/", views.count, name="count"),
]
