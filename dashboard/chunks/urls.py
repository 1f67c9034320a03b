from __future__ import annotations

app_name = "chunks"
urlpatterns: list = []
