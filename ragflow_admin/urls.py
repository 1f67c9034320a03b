"""The root URL configuration. Pages of a RAGFlow server are under ``servers/<slug>/``."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("", include("dashboard.urls"))]

handler400 = "dashboard.core.web.error_pages.bad_request"
handler403 = "dashboard.core.web.error_pages.forbidden"
handler404 = "dashboard.core.web.error_pages.not_found"
handler500 = "dashboard.core.web.error_pages.server_error"
