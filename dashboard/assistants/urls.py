from __future__ import annotations

from django.urls import path

from dashboard.assistants.chat import session_views, turn_views
from dashboard.assistants.chat import views as chat_views
from dashboard.assistants.clearing import views as clearing_views
from dashboard.assistants.compare import views as compare_views
from dashboard.assistants.exchange import views as exchange_views
from dashboard.assistants.manage import views
from dashboard.assistants.presenter import views as presenter_views
from dashboard.assistants.settings import views as settings_views
from dashboard.assistants.transcript import views as transcript_views
from dashboard.assistants.trial import views as trial_views

app_name = "assistants"
# assistants/
urlpatterns = [
    path("", views.list_assistants, name="list"),
    path("new/", settings_views.create, name="create"),
    path("delete/", views.delete, name="delete"),
    path("compare/", compare_views.page, name="compare"),
    path("compare/ask/", compare_views.ask, name="compare-ask"),
    path("compare/result/", compare_views.result, name="compare-result"),
    path("compare/vote/", compare_views.vote, name="compare-vote"),
    path("compare/votes/", compare_views.export, name="compare-export"),
    path(
        "compare/<str:assistant_id>/<str:session_id>/<str:turn_id>/<str:letter>/",
        compare_views.stream,
        name="compare-stream",
    ),
    path("trial/", trial_views.ask, name="trial"),
    path("<str:assistant_id>/", chat_views.chat, name="chat"),
    path("<str:assistant_id>/settings/", settings_views.edit, name="settings"),
    path("<str:assistant_id>/present/", presenter_views.page, name="present"),
    path("<str:assistant_id>/present/ask/", presenter_views.ask, name="present-ask"),
    path("<str:assistant_id>/sessions/", chat_views.more_sessions, name="sessions"),
    path("<str:assistant_id>/sessions/delete/", clearing_views.delete, name="sessions-delete"),
    path("<str:assistant_id>/sessions/new/", session_views.new, name="session-new"),
    path("<str:assistant_id>/sessions/<str:session_id>/", chat_views.session, name="session"),
    path("<str:assistant_id>/sessions/<str:session_id>/sources/", chat_views.sources, name="source"),
    path("<str:assistant_id>/sessions/<str:session_id>/rename/", session_views.rename, name="session-rename"),
    path("<str:assistant_id>/sessions/<str:session_id>/delete/", session_views.delete, name="session-delete"),
    path("<str:assistant_id>/sessions/<str:session_id>/export/", transcript_views.export, name="export"),
    path("<str:assistant_id>/sessions/<str:session_id>/answers/<int:number>/rating/", exchange_views.rate, name="rate"),
    path(
        "<str:assistant_id>/sessions/<str:session_id>/answers/<int:number>/delete/",
        exchange_views.delete,
        name="answer-delete",
    ),
    path(
        "<str:assistant_id>/sessions/<str:session_id>/answers/<int:number>/related/",
        exchange_views.related,
        name="related",
    ),
    path("<str:assistant_id>/sessions/<str:session_id>/ask/", turn_views.ask, name="ask"),
    path("<str:assistant_id>/sessions/<str:session_id>/turns/<str:turn_id>/", turn_views.stream, name="stream"),
    path("<str:assistant_id>/sessions/<str:session_id>/turns/<str:turn_id>/stop/", turn_views.stop, name="stop"),
]
