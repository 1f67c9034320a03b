from __future__ import annotations

from django.urls import path

from dashboard.handbook import views

app_name = "handbook"
urlpatterns = [
    path("", views.page, {"name": "index"}, name="index"),
    path("<slug:name>/", views.page, name="page"),
]
