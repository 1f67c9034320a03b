"""The paths of RAGFlow 0.24."""

from __future__ import annotations

from django.urls import include, path

from ragflow_admin.standin.face024 import models, system
from ragflow_admin.standin.face024.chats import chats, completions, openai, sessions
from ragflow_admin.standin.face024.chunks import chunks, retrieval
from ragflow_admin.standin.face024.datasets import datasets, graph
from ragflow_admin.standin.face024.documents import documents, file_manager, metadata, parse, uploads
from ragflow_admin.standin.http.routing import beta_token, login, open_to_all, route

API = "api/v1/"
DATASET = API + "datasets/<str:dataset_id>"
DOCUMENTS = DATASET + "/documents"
CHUNKS = DOCUMENTS + "/<str:document_id>/chunks"
CHAT = API + "chats/<str:chat_id>"

urlpatterns = [
    path("v1/system/healthz", route(open_to_all, GET=system.healthz)),
    path("v1/system/ping", route(open_to_all, GET=system.ping)),
    path("v1/system/config", route(open_to_all, GET=system.config)),
    path("v1/system/version", route(login, GET=system.version)),
    path("v1/system/status", route(login, GET=system.status)),
    path("v1/system/token_list", route(login, GET=system.token_list)),
    path("v1/llm/list", route(login, GET=models.listed)),
    path("v1/llm/my_llms", route(login, GET=models.mine)),
    path("v1/llm/factories", route(login, GET=models.factories)),
    path("v1/user/tenant_info", route(login, GET=system.tenant_info)),
    path("v1/user/info", route(login, GET=system.user_info)),
    path(API + "datasets", route(GET=datasets.listed, POST=datasets.create, DELETE=datasets.delete)),
    path(DATASET, route(PUT=datasets.update)),
    path(DOCUMENTS, route(GET=documents.listed, POST=uploads.upload, DELETE=documents.delete)),
    path(DOCUMENTS + "/<str:document_id>", route(GET=documents.download, PUT=documents.update)),
    path(API + "documents/<str:document_id>", route(beta_token, GET=documents.download)),
    path(DATASET + "/chunks", route(POST=parse.start, DELETE=parse.stop)),
    path(CHUNKS, route(GET=chunks.listed, POST=chunks.add, DELETE=chunks.delete)),
    path(CHUNKS + "/<str:chunk_id>", route(PUT=chunks.update)),
    path("v1/document/image/<str:image_id>", route(open_to_all, GET=chunks.image)),
    path(DATASET + "/metadata/summary", route(GET=metadata.summary)),
    path(DATASET + "/metadata/update", route(POST=metadata.update)),
    path(DATASET + "/knowledge_graph", route(GET=graph.show, DELETE=graph.delete)),
    path(DATASET + "/run_graphrag", route(POST=graph.run_graphrag)),
    path(DATASET + "/trace_graphrag", route(GET=graph.trace_graphrag)),
    path(DATASET + "/run_raptor", route(POST=graph.run_raptor)),
    path(DATASET + "/trace_raptor", route(GET=graph.trace_raptor)),
    path("v1/document/run", route(login, POST=parse.run)),
    path("v1/kb/unbind_task", route(login, DELETE=graph.unbind)),
    path(API + "retrieval", route(POST=retrieval.retrieve)),
    path(API + "chats", route(GET=chats.listed, POST=chats.create, DELETE=chats.delete)),
    path(CHAT, route(PUT=chats.update)),
    path(CHAT + "/sessions", route(GET=sessions.listed, POST=sessions.create, DELETE=sessions.delete)),
    path(CHAT + "/sessions/<str:session_id>", route(PUT=sessions.update)),
    path(CHAT + "/completions", route(POST=completions.completions)),
    path(API + "chats_openai/<str:chat_id>/chat/completions", route(POST=openai.completions)),
    path(API + "sessions/ask", route(login, POST=completions.ask)),
    path(API + "sessions/related_questions", route(login, POST=completions.related)),
    path(API + "chatbots/<str:chat_id>/info", route(beta_token, GET=system.nothing_there)),
    path(API + "agents", route(GET=system.nothing_there)),
    path(API + "memories", route(login, GET=system.no_memories)),
    path(API + "file/list", route(GET=file_manager.listed)),
    path(API + "file/get/<str:file_id>", route(GET=file_manager.content)),
    path("_standin/", include("ragflow_admin.standin.control.urls")),
]

handler404 = "ragflow_admin.standin.http.routing.not_found"
handler500 = "ragflow_admin.standin.http.routing.server_error"
