"""The paths of the control endpoint, the same on every face."""

from __future__ import annotations

from django.urls import path

from ragflow_admin.standin.control import filling, views
from ragflow_admin.standin.http.routing import route

urlpatterns = [
    path("", route(views.from_here, GET=views.show)),
    path("reset", route(views.from_here, POST=views.reset)),
    path("faults", route(views.from_here, POST=views.add_fault, DELETE=views.clear_faults)),
    path("requests", route(views.from_here, GET=views.received, DELETE=views.forget)),
    path("parsing", route(views.from_here, POST=views.set_parsing)),
    path("answers", route(views.from_here, POST=views.set_answers)),
    path("keys", route(views.from_here, POST=views.new_key)),
    path("release", route(views.from_here, POST=views.set_release)),
    path("fill", route(views.from_here, POST=filling.fill)),
    path("shutdown", route(views.from_here, POST=views.shutdown)),
]
