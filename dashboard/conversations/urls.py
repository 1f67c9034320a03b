from __future__ import annotations

from django.urls import path

from dashboard.conversations import review_views, views

app_name = "conversations"
# conversations/
urlpatterns = [
    path("", views.page, name="page"),
    path("export/", views.export, name="export"),
    path("review/", review_views.review, name="review"),
    path("review/<int:pk>/close/", review_views.close, name="close"),
]
