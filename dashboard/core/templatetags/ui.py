"""Template tags and filters that every page shares: ``{% load ui %}``. The work is done in the modules beside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django import template
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
from dashboard.core.web import error_help
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
    """``{% jinja "documents/table/rows.jinja" rows=rows can_curate=can_curate %}``: what a page repeats, by Jinja2.

    The template sees the ``values`` and nothing else.
    """
    return jinja.render(template, **values)


@register.simple_tag(takes_context=True)
def server_url(context: Context, name: str, *args: Any) -> str:
    """``{% server_url "documents:list" dataset.id %}``: a page of the current server.

    Raises NoReverseMatch for an unknown name, and on a page that has no server.
    """
    server = context.get("server")
    if not server:
        raise NoReverseMatch(f"{name!r} belongs to a server, and this page has none.")
    url: str = server.url(name, *args)
    return url


@register.simple_tag(takes_context=True)
def if_server_url(context: Context, name: str, *args: Any) -> str:
    """Like ``server_url``, but empty where there is no such page: for links that wait for their page."""
    try:
        return server_url(context, name, *args)
    except NoReverseMatch:
        return ""


@register.simple_tag(takes_context=True)
def area(context: Context) -> str:
    """The entry of the sidebar that the page belongs to: ``datasets`` for documents and chunks too."""
    match = getattr(context.get("request"), "resolver_match", None)
    name = match.namespace if match else ""
    return "datasets" if name in ("documents", "outdated", "chunks", "metadata", "graph") else name


@register.simple_tag
def bar(label: str, css: str = "", **amounts: float) -> SafeString:
    """``{% bar label done=1062 run=5 fail=2 %}``: parts done, run, stall, fail, stop, todo; css "ra-bar--thin"."""
    return bars.bar(label, amounts, css)


@register.simple_tag(takes_context=True)
def query(context: Context, **changes: Any) -> str:
    """The page's query string with some parameters changed (None takes one out), always starting with ``?``.

    Changing anything but ``page`` goes back to the first page.
    """
    # No copy of the QueryDict, which is a deep one: a page has up to twenty of these addresses.
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
    """``{% pager pager %}``: the bar at the foot of a list; ``label`` names it where a page has two."""
    return {"pager": pager, "label": label, "request": context["request"]}


@register.inclusion_tag("core/sort_head.html", takes_context=True)
def sort_head(
    context: Context, label: str, key: str, sort: Sort, *, css: str = "", desc_first: bool = False
) -> dict[str, Any]:
    """A column's head that sorts: ``{% sort_head "Name" "name" sort css="c-num" desc_first=True %}``.

    ``sort`` is the table's present ``dashboard.core.sorting.Sort``. Links inherit htmx attributes from around them.
    """
    order = ("descending" if sort.desc else "ascending") if sort.key == key else ""
    return {"label": label, "css": css, "order": order, "url": query(context, sort=str(sort.next(key, desc_first)))}


@register.filter
def lookup(values: Mapping[str, Any] | None, key: object) -> Any:
    """``values[key]``, or None."""
    return (values or {}).get(str(key))


@register.filter
def same_site(address: str | None, request: HttpRequest) -> str:
    """The address when it is one of ours, else the start page."""
    ours = address and url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return str(address) if ours else reverse("home")


@register.simple_tag
def fault(error: RAGFlowError) -> error_help.ErrorHelp:
    """``{% fault error as words %}``: title, icon and likely reasons of an error of RAGFlow."""
    return error_help.explain(error)


@register.filter
def headline(message: object) -> str:
    """The first line of a toast's text."""
    return formatting.visible(str(message).partition("\n")[0])


@register.filter
def details(message: object) -> str:
    """What follows the first line of a toast's text."""
    rest = " ".join(str(message).partition("\n")[2].split())
    return formatting.clipped(formatting.visible(rest), 2000) if rest else ""
