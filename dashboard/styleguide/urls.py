from __future__ import annotations

from django.urls import path

from dashboard.styleguide import views

app_name = "styleguide"
urlpatterns = [
    path("", views.page, name="page"),
    path("confirm/<int:number>/", views.confirm, name="confirm"),
    path("toast/<str:kind>/", views.toast, name="toast"),
    path("drawer/", views.drawer, name="drawer"),
]
