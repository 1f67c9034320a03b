"""Template filters about datasets: ``{% load datasets %}``."""

from __future__ import annotations

from django import template

from dashboard.datasets import methods

register = template.Library()
register.filter("method_label", methods.label)
register.filter("cut_by", lambda dataset: methods.label(methods.key_of(dataset)))
register.filter("model_of", methods.model_of)
