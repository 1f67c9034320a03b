from __future__ import annotations

from django.urls import path

from dashboard.accounts.people import action_views, views

app_name = "people"
urlpatterns = [
    path("", views.people, name="list"),
    path("invite/", views.invite, name="invite"),
    path("<int:person_id>/", views.person, name="person"),
    path("<int:person_id>/link/", action_views.link, name="link"),
    path("<int:person_id>/sign-out/", action_views.sign_out, name="sign-out"),
    path("<int:person_id>/enable/", action_views.enable, name="enable"),
    path("<int:person_id>/disable/", action_views.disable, name="disable"),
    path("<int:person_id>/delete/", action_views.delete, name="delete"),
]
