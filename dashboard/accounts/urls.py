from __future__ import annotations

from django.urls import path

from dashboard.accounts import views
from dashboard.accounts.first_start import views as first_start_views
from dashboard.accounts.people import link_views
from dashboard.accounts.profile import about_views

app_name = "accounts"
urlpatterns = [
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("session/", views.session, name="session"),
    path("signed-in/", views.signed_in, name="signed-in"),
    path("welcome/<str:token>/", first_start_views.welcome, name="welcome"),
    path("join/<str:token>/", link_views.join, name="join"),
    path("reset/<str:token>/", link_views.reset, name="reset"),
    path("about/", about_views.about, name="about"),
]
