"""The server itself: version, language, health."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from ragflow_admin.standin.http import answers


def version(request: HttpRequest) -> HttpResponse:
    """GET /api/v1/system/version, without a key."""
    return answers.success("v0.27.0")


def language(request: HttpRequest) -> HttpResponse:
    """GET /api/v1/language: which implementation serves the API."""
    return answers.success({"language": "python"})
