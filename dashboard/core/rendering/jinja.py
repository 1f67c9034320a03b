"""Jinja2 for the repeated parts of a page: table rows, chunks, hits. All other templates are Django's.

Jinja2 renders a row in a tenth of Django's time. Its templates are the ``*.jinja`` files in ``templates/``. They only
see the values given to the tag ``{% jinja %}``: no request, no user, no messages.
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
    """Removes the indentation of a template from the page, where every row of a table would repeat it."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        return _INDENTATION.sub("", source)


class JinjaFiles(FileSystemLoader):
    """Finds only ``*.jinja`` files: the others in ``templates/`` are Django's."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        if not template.endswith(".jinja"):
            raise TemplateNotFound(template)
        return super().get_source(environment, template)


def environment(**options: Any) -> Environment:
    """The environment, created once by Django's backend with the ``options`` of ``settings.TEMPLATES``.

    An undefined name in a template is an error.
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
    # Safe: the output of an autoescaping template.
    return SafeString(engines["jinja2"].get_template(template).render(values))
