"""administration/servers/"""

from __future__ import annotations

from django.urls import path

from dashboard.servers.manage import first_views, probe_views, views

app_name = "servers"
urlpatterns = [
    path("", views.list_servers, name="list"),
    path("first/", first_views.first, name="first"),
    path("add/", views.add, name="add"),
    path("test/", probe_views.test_new, name="test-new"),
    path("<slug:slug>/edit/", views.edit, name="edit"),
    path("<slug:slug>/test/", probe_views.test_server, name="test"),
    path("<slug:slug>/default/", views.set_default, name="default"),
    path("<slug:slug>/move/", views.move, name="move"),
    path("<slug:slug>/remove/", views.remove, name="remove"),
    path("<slug:slug>/status/", views.show_status, name="status"),
]
