from __future__ import annotations

app_name = "assistants"
urlpatterns: list = []
