"""One line per area. ``servers.middleware.ServerMiddleware`` turns ``server_slug`` into ``request.server``."""

from __future__ import annotations

from django.urls import include, path

from dashboard.accounts.views import home

# servers/<slug>/
server_urls = [
    path("", include("dashboard.overview.urls")),
    path("datasets/", include("dashboard.datasets.urls")),
    path("datasets/<str:dataset_id>/settings/", include("dashboard.documents.outdated.urls")),
    path("datasets/<str:dataset_id>/documents/", include("dashboard.documents.urls")),
    path("datasets/<str:dataset_id>/documents/<str:document_id>/chunks/", include("dashboard.chunks.urls")),
    path("conditions/", include("dashboard.conditions.urls")),
    path("retrieval/", include("dashboard.retrieval.urls")),
    path("datasets/<str:dataset_id>/metadata/", include("dashboard.metadata.urls")),
    path("datasets/<str:dataset_id>/graph/", include("dashboard.graph.urls")),
    path("datasets/<str:dataset_id>/ingestion/", include("dashboard.ingestion.urls")),
    path("activity/", include("dashboard.jobs.urls")),
    path("assistants/<str:assistant_id>/share/", include("dashboard.sharing.manage.urls")),
    path("assistants/", include("dashboard.assistants.urls")),
    path("conversations/", include("dashboard.conversations.urls")),
    path("playground/", include("dashboard.playground.urls")),
]

urlpatterns = [
    path("", home, name="home"),
    path("", include("dashboard.accounts.urls")),
    path("people/", include("dashboard.accounts.people.urls")),
    path("profile/", include("dashboard.accounts.profile.urls")),
    path("", include("dashboard.health.urls")),
    path("handbook/", include("dashboard.handbook.urls")),
    path("audit-log/", include("dashboard.audit.log.urls")),
    path("administration/servers/", include("dashboard.servers.urls")),
    path("style-guide/", include("dashboard.styleguide.urls")),
    path("s/<str:token>/", include("dashboard.sharing.public.urls")),
    path("servers/<slug:server_slug>/", include(server_urls)),
]
