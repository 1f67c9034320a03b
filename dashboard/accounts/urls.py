from __future__ import annotations

from django.urls import path

from dashboard.accounts import views

app_name = "accounts"
urlpatterns = [
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("session/", views.session, name="session"),
    path("signed-in/", views.signed_in, name="signed-in"),
]
