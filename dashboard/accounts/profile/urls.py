from __future__ import annotations

from django.urls import path

from dashboard.accounts.profile import views

app_name = "profile"
urlpatterns = [
    path("", views.profile, name="page"),
    path("password/", views.password, name="password"),
    path("theme/", views.theme, name="theme"),
    path("sessions/end/", views.end_others, name="end-others"),
    path("sessions/<int:browser_id>/end/", views.end_session, name="end-session"),
]
