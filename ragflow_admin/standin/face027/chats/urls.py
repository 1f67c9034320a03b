"""The paths of assistants, sessions and conversations, without `api/v1/`."""

from __future__ import annotations

from django.urls import path

from ragflow_admin.standin.face027.chats import asides, chats, completions, openai, sessions
from ragflow_admin.standin.face027.guards import route
from ragflow_admin.standin.http import routing

CHAT = "chats/<str:chat_id>"
SESSION = CHAT + "/sessions/<str:session_id>"
MESSAGE = SESSION + "/messages/<str:message_id>"

urlpatterns = [
    path("chats", route(GET=chats.listed, POST=chats.create, DELETE=chats.delete)),
    path(CHAT, route(GET=chats.show, PUT=chats.update, PATCH=chats.patch, DELETE=chats.delete_one)),
    path(CHAT + "/sessions", route(GET=sessions.listed, POST=sessions.create, DELETE=sessions.delete)),
    path(SESSION, route(GET=sessions.show, PUT=sessions.update, PATCH=sessions.update)),
    path(MESSAGE, route(DELETE=sessions.delete_message)),
    path(MESSAGE + "/feedback", route(PUT=sessions.feedback)),
    path(CHAT + "/completions", route(POST=completions.of_chat)),
    path("chat/completions", route(POST=completions.completions)),
    path("openai/<str:chat_id>/chat/completions", route(POST=openai.completions)),
    path("chats_openai/<str:chat_id>/chat/completions", route(POST=openai.completions)),
    path("chat/recommendation", route(POST=asides.recommendation)),
    path("chat/mindmap", route(POST=asides.mindmap)),
    path("sessions/related_questions", route(POST=asides.recommendation)),
    path("chatbots/<str:chat_id>/info", routing.route(asides.beta_token, GET=chats.show)),
]
