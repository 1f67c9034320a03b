"""Template filters about datasets: ``{% load datasets %}``."""

from __future__ import annotations

from django import template

from dashboard.datasets import methods

register = template.Library()


@register.filter
def method_label(key: str) -> str:
    """``naive`` → ``General``."""
    return methods.label(key)


@register.filter
def model_name(model: str) -> str:
    """``BAAI/bge-m3@Builtin`` → ``bge-m3``: what people call it, without maker and provider."""
    return model.partition("@")[0].rpartition("/")[2] or model
