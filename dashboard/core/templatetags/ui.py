"""Template tags and filters shared by all pages: ``{% load ui %}``. Thin wrappers around the modules of ``core``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django import template
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest
from django.template import Context
from django.urls import NoReverseMatch, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString

from dashboard.core import bars, formatting
from dashboard.core.paging import Pager
from dashboard.core.rendering import icons, jinja
from dashboard.core.rendering.filters import FILTERS
from dashboard.core.sorting import Sort
from dashboard.core.web import error_help, messages
from dashboard.ragflow.errors import RAGFlowError

register = template.Library()

for _name, _filter in FILTERS.items():
    register.filter(_name, _filter)


@register.simple_tag
def icon(name: str, size: str = "", css: str = "") -> SafeString:
    """``{% icon "database" %}``: one of Tabler's outline icons; size "" (16 px), "lg" or "xl"."""
    return icons.svg(name, size, css)


@register.simple_tag(name="jinja")
def jinja_template(template: str, **values: Any) -> SafeString:
    """``{% jinja "documents/table/rows.jinja" rows=rows %}``: a Jinja2 template, which sees only the ``values``."""
    return jinja.render(template, **values)


@register.simple_tag(takes_context=True)
def server_url(context: Context, name: str, *args: Any) -> str:
    """``{% server_url "documents:list" dataset.id %}``: a page of the current server.

    Raises NoReverseMatch for an unknown name, and on a page that has no server.
    """
    server = context.get("server")
    if not server:
        raise NoReverseMatch(f"{name!r} needs a server, and this page has none.")
    url: str = server.url(name, *args)
    return url


@register.simple_tag(takes_context=True)
def if_server_url(context: Context, name: str, *args: Any) -> str:
    """Like ``server_url``, but "" if there is no such page."""
    try:
        return server_url(context, name, *args)
    except NoReverseMatch:
        return ""


@register.simple_tag(takes_context=True)
def area(context: Context) -> str:
    """The sidebar entry that the page belongs to: ``datasets`` for documents and chunks too."""
    match = getattr(context.get("request"), "resolver_match", None)
    name = match.namespace if match else ""
    return "datasets" if name in ("documents", "outdated", "chunks", "metadata", "graph", "ingestion") else name


@register.simple_tag
def bar(label: str, css: str = "", **amounts: float) -> SafeString:
    """``{% bar label done=1062 run=5 fail=2 %}``: a stacked bar (``core/bars.py``); css "ra-bar--thin"."""
    return bars.bar(label, amounts, css)


@register.simple_tag(takes_context=True)
def query(context: Context, **changes: Any) -> str:
    """The page's query string with some parameters changed (None removes one), starting with ``?``.

    A change of anything but ``page`` goes back to the first page.
    """
    # Not QueryDict.copy, which is a slow deep copy: a page has up to twenty of these links.
    parameters = dict(context["request"].GET.lists())
    if "page" not in changes:
        parameters.pop("page", None)
    for name, value in changes.items():
        if value is None or value == "":
            parameters.pop(name, None)
        else:
            parameters[name] = [str(item) for item in value] if isinstance(value, (list, tuple)) else [str(value)]
    return "?" + urlencode(parameters, doseq=True)


@register.inclusion_tag("core/pager.html", takes_context=True, name="pager")
def pager_bar(context: Context, pager: Pager, label: str = "") -> dict[str, Any]:
    """``{% pager pager %}``: the pager under a list; ``label`` distinguishes two on one page."""
    return {"pager": pager, "label": label, "request": context["request"]}


@register.inclusion_tag("core/sort_head.html", takes_context=True)
def sort_head(
    context: Context, label: str, key: str, sort: Sort, *, css: str = "", desc_first: bool = False
) -> dict[str, Any]:
    """A sortable column header: ``{% sort_head "Name" "name" sort css="c-num" desc_first=True %}``.

    ``sort`` is the table's current ``dashboard.core.sorting.Sort``. Links inherit htmx attributes from their ancestors.
    """
    order = ("descending" if sort.desc else "ascending") if sort.key == key else ""
    return {"label": label, "css": css, "order": order, "url": query(context, sort=str(sort.next(key, desc_first)))}


@register.filter
def lookup(values: Mapping[str, Any] | None, key: object) -> Any:
    """``values[key]``, or None."""
    return (values or {}).get(str(key))


@register.filter
def same_site(address: str | None, request: HttpRequest) -> str:
    """The address if it belongs to this site, else the start page."""
    ours = address and url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return str(address) if ours else reverse("home")


@register.simple_tag
def fault(error: RAGFlowError) -> error_help.ErrorHelp:
    """``{% fault error as words %}``: title, icon and likely reasons of a RAGFlow error."""
    return error_help.explain(error)


@register.filter
def toast_title(message: Message) -> str:
    """The title of a toast (``dashboard.core.web.messages``)."""
    return formatting.visible(messages.parts(message)[0])


@register.filter
def toast_body(message: Message) -> str:
    """The body of a toast, on one line; "" without one."""
    body = " ".join(messages.parts(message)[1].split())
    return formatting.clipped(formatting.visible(body), 2000) if body else ""
