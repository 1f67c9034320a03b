from __future__ import annotations

app_name = "overview"
urlpatterns: list = []
