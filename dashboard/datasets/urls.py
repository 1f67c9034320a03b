from __future__ import annotations

from django.urls import path

from dashboard.datasets import views
from dashboard.datasets.access import views as access_views
from dashboard.datasets.settings import views as settings_views

app_name = "datasets"
# datasets/
urlpatterns = [
    path("", views.list_datasets, name="list"),
    path("states/", views.show_states, name="states"),
    path("new/", views.create, name="create"),
    path("new/fields/", views.fields, name="fields"),
    path("delete/", views.delete, name="delete"),
    path("access/<int:person_id>/", access_views.person, name="access"),
    path("<str:dataset_id>/settings/", settings_views.edit, name="settings"),
    path("<str:dataset_id>/", views.detail, name="detail"),
]
