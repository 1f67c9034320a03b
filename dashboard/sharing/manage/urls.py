from __future__ import annotations

from django.urls import path

from dashboard.sharing.manage import views

app_name = "sharing"
# assistants/<assistant_id>/share/
urlpatterns = [
    path("", views.list_links, name="list"),
    path("new/", views.create, name="create"),
    path("<int:link_id>/", views.edit, name="edit"),
    path("<int:link_id>/revoke/", views.revoke, name="revoke"),
    path("<int:link_id>/delete/", views.delete, name="delete"),
]
