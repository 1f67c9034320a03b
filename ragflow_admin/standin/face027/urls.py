"""The paths of RAGFlow 0.27. The paths of each noun are in its own ``urls``."""

from __future__ import annotations

from django.urls import include, path

from ragflow_admin.standin.face024 import system as old
from ragflow_admin.standin.face027 import models, system
from ragflow_admin.standin.face027.guards import route
from ragflow_admin.standin.http.routing import open_to_all
from ragflow_admin.standin.http.routing import route as guarded

API = "api/v1/"
SYSTEM = API + "system/"
PROVIDER = API + "providers/<str:name>"

urlpatterns = [
    path("v1/system/healthz", guarded(open_to_all, GET=old.healthz)),
    path(SYSTEM + "healthz", guarded(open_to_all, GET=old.healthz)),
    path(SYSTEM + "ping", guarded(open_to_all, GET=old.ping)),
    path(SYSTEM + "version", guarded(open_to_all, GET=system.version)),
    path(SYSTEM + "config", guarded(open_to_all, GET=system.config)),
    path(SYSTEM + "config/log", route(GET=system.log_levels)),
    path(SYSTEM + "status", route(GET=old.status)),
    path(SYSTEM + "stats", route(GET=system.stats)),
    path(SYSTEM + "tokens", route(GET=system.tokens, POST=system.new_token)),
    path(SYSTEM + "tokens/<str:token>", route(DELETE=system.delete_token)),
    path(API + "language", guarded(open_to_all, GET=system.language)),
    path(API + "users/me", route(GET=system.me)),
    path(API + "users/me/models", route(GET=system.my_models)),
    path(API + "tenants", route(GET=system.my_tenants)),
    path(API + "tenants/<str:tenant_id>/users", route(GET=system.members)),
    path(API + "models", route(GET=models.listed)),
    path(API + "models/default", route(GET=models.defaults, PATCH=models.set_default)),
    path(API + "providers", route(GET=models.providers)),
    path(PROVIDER, route(GET=models.provider)),
    path(PROVIDER + "/models", route(GET=models.provider_models)),
    path(PROVIDER + "/instances", route(GET=models.instances)),
    path(PROVIDER + "/instances/<str:instance>", route(GET=models.instance)),
    path(PROVIDER + "/instances/<str:instance>/models", route(GET=models.instance_models)),
    path(API + "agents", route(GET=system.no_agents)),
    path(API + "memories", route(GET=old.no_memories)),
    path(API, include("ragflow_admin.standin.face027.documents.urls")),
    path(API, include("ragflow_admin.standin.face027.chunks.urls")),
    path(API, include("ragflow_admin.standin.face027.files.urls")),
    path(API, include("ragflow_admin.standin.face027.chats.urls")),
    # Last, because a dataset's id may be any segment there.
    path(API, include("ragflow_admin.standin.face027.datasets.urls")),
    path("_standin/", include("ragflow_admin.standin.control.urls")),
]

handler404 = "ragflow_admin.standin.http.routing.not_found"
handler500 = "ragflow_admin.standin.http.routing.server_error"
