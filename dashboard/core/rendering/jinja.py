"""Jinja2, for what a page repeats: rows of tables, chunks, hits. Django's own templates are everything else.

A row takes Jinja2 a tenth of the time that it takes Django. Its templates are the files ``*.jinja`` under
``templates/``. They see what the tag ``{% jinja %}`` names and nothing else: no request, no person, no messages.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from django.template import engines
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext, npgettext, pgettext
from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateNotFound
from jinja2.ext import Extension

from dashboard.core.rendering import icons
from dashboard.core.rendering.filters import FILTERS

_INDENTATION: Final = re.compile(r"^[ \t]+", re.MULTILINE)


class Unindented(Extension):
    """Leaves the indentation of a template out of the page: a table has it in each of its rows."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        return _INDENTATION.sub("", source)


class JinjaFiles(FileSystemLoader):
    """Finds ``*.jinja`` alone: the other files of ``templates/`` are Django's."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        if not template.endswith(".jinja"):
            raise TemplateNotFound(template)
        return super().get_source(environment, template)


def environment(**options: Any) -> Environment:
    """Made once by Django's backend, which gives the ``options`` (``settings.TEMPLATES``).

    A name that a template does not know is an error, as is one that the tag gives no value.
    """
    loader = JinjaFiles(options["loader"].searchpath)
    made = Environment(  # noqa: S701  (autoescape is among the options, and on)
        **{**options, "loader": loader, "undefined": StrictUndefined},
        trim_blocks=True,
        extensions=["jinja2.ext.i18n", Unindented],
    )
    # The extension adds this method.
    made.install_gettext_callables(  # type: ignore[attr-defined]
        gettext, ngettext, newstyle=True, pgettext=pgettext, npgettext=npgettext
    )
    made.filters.update(FILTERS)
    made.globals.update(icon=icons.svg, url=reverse)
    return made


def render(template: str, **values: Any) -> SafeString:
    """``template`` (a path under ``templates/``) with ``values``. Raises TemplateDoesNotExist and jinja2's errors."""
    # Safe: it is a template's output, which escapes what it is given.
    return SafeString(engines["jinja2"].get_template(template).render(values))
