from __future__ import annotations

from django.urls import path

from dashboard.sharing.public import views

app_name = "share"
# s/<token>/
urlpatterns = [
    path("", views.page, name="page"),
    path("password/", views.password, name="password"),
    path("ask/", views.ask, name="ask"),
    path("sessions/<int:number>/", views.session, name="session"),
    path("sessions/<int:number>/ask/", views.ask, name="ask-in"),
    path("sessions/<int:number>/turns/<str:turn_id>/", views.stream, name="stream"),
]
