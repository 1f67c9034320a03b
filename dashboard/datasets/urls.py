from __future__ import annotations

app_name = "datasets"
urlpatterns: list = []
