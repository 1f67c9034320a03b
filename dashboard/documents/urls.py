from __future__ import annotations

from django.urls import path

from dashboard.documents.bulk import action_views, all_views, archive_views
from dashboard.documents.detail import edit_views, settings_views
from dashboard.documents.table import column_views, condition_views, row_views, views
from dashboard.documents.uploads import upload_panel_views
from dashboard.documents.uploads import views as upload_views

app_name = "documents"
urlpatterns = [
    path("", views.documents, name="list"),
    path("progress/", views.progress_of, name="progress"),
    path("conditions/", condition_views.conditions, name="conditions"),
    path("columns/", column_views.choose, name="columns"),
    path("upload/", upload_views.upload, name="upload"),
    path("upload/panel/", upload_panel_views.panel, name="upload-panel"),
    path("upload/names/", upload_panel_views.names, name="names"),
    path("parse/", action_views.parse, name="parse"),
    path("stop/", action_views.stop, name="stop"),
    path("recover/", action_views.recover, name="recover"),
    path("parse-new/", all_views.parse_new, name="parse-new"),
    path("retry/", all_views.retry, name="retry"),
    path("settings/", settings_views.settings, name="settings"),
    path("metadata/", action_views.metadata, name="metadata"),
    path("download/", archive_views.download, name="archive"),
    path("enable/", action_views.enable, name="enable"),
    path("disable/", action_views.disable, name="disable"),
    path("delete/", action_views.delete, name="delete"),
    path("<str:document_id>/actions/", row_views.actions, name="actions"),
    path("<str:document_id>/edit/", edit_views.edit, name="edit"),
    path("<str:document_id>/log/", views.log, name="log"),
    path("<str:document_id>/download/", views.download, name="download"),
]
