from __future__ import annotations

from django.urls import path

from dashboard.retrieval.lab import history_views, views
from dashboard.retrieval.question_sets import compare_views, run_views
from dashboard.retrieval.question_sets import views as set_views

app_name = "retrieval"
# retrieval/
urlpatterns = [
    path("", views.lab, name="lab"),
    path("documents/", views.documents, name="documents"),
    path("chunk/", views.chunk, name="chunk"),
    path("history/", history_views.history, name="history"),
    path("history/forget/", history_views.forget, name="forget"),
    path("sets/", set_views.sets, name="sets"),
    path("sets/new/", set_views.create, name="set-create"),
    path("sets/keep/", set_views.add_case, name="keep"),
    path("sets/<int:set_id>/", set_views.show, name="set"),
    path("sets/<int:set_id>/delete/", set_views.delete, name="set-delete"),
    path("sets/<int:set_id>/export/", set_views.export, name="set-export"),
    path("sets/<int:set_id>/import/", set_views.import_csv, name="set-import"),
    path("sets/<int:set_id>/questions/", set_views.add, name="question-add"),
    path("sets/<int:set_id>/questions/<int:question_id>/", set_views.question, name="question"),
    path("sets/<int:set_id>/runs/", run_views.start, name="run-start"),
    path("sets/<int:set_id>/runs/<int:run_id>/", run_views.show, name="run"),
    path("sets/<int:set_id>/runs/<int:run_id>/export/", run_views.export, name="run-export"),
    path("sets/<int:set_id>/compare/", compare_views.compare, name="compare"),
    path("sets/<int:set_id>/runs/<int:run_id>/stop/", run_views.stop, name="run-stop"),
]
