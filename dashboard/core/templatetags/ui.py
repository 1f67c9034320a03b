"""Template tags and filters shared by all pages: ``{% load ui %}``. Thin wrappers around the modules of ``core``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from django import template
from django.contrib.messages.storage.base import Message
from django.core.exceptions import NON_FIELD_ERRORS
from django.forms import BaseForm, BoundField, CheckboxInput, CheckboxSelectMultiple, HiddenInput, RadioSelect, Select
from django.http import HttpRequest, QueryDict
from django.template import Context
from django.template.base import Node, Parser, TextNode, Token
from django.template.library import SimpleNode
from django.urls import NoReverseMatch, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from dashboard.core import bars, formatting
from dashboard.core.paging import Pager
from dashboard.core.rendering import cached_parts, cached_rows, icons
from dashboard.core.sorting import Sort
from dashboard.core.web import error_help, messages
from dashboard.ragflow.errors import RAGFlowError

register = template.Library()

for _name, _filter in (
    ("count", formatting.count),
    ("compact", formatting.compact),
    ("file_size", formatting.file_size),
    ("duration", formatting.duration),
    ("percent", formatting.percent),
    ("initials", formatting.initials),
    ("visible", formatting.visible),
    ("legible", formatting.drawn),
    ("clipped", formatting.clipped),
    ("shortened", formatting.shortened),
    ("ago", formatting.moment),
):
    register.filter(_name, _filter)


@register.simple_tag
def icon(name: str, size: str = "", css: str = "") -> SafeString:
    """``{% icon "database" %}``: one of Tabler's outline icons inline; size "" (16 px), "lg" or "xl"."""
    return icons.svg(name, size, css)


_icon_when_rendered = register.tags["icon"]


@register.tag("icon")
def icon_when_read(parser: Parser, token: Token) -> Node:
    """An icon told in words is drawn when the template is read; one told by variables, whenever it is rendered."""
    node: SimpleNode = _icon_when_rendered(parser, token)
    given = [*node.args, *node.kwargs.values()]
    if node.target_var or any(not isinstance(value.var, str) or value.filters for value in given):
        return node
    words = {name: str(value.var) for name, value in node.kwargs.items()}
    return TextNode(icons.svg(*(str(value.var) for value in node.args), **words))


@register.simple_tag
def icon_sheet(*names: str) -> SafeString:
    """``{% icon_sheet "dots" "trash" %}`` above a long table in whose rows ``{% icon_again "trash" %}`` stands."""
    return icons.sheet(*names)


@register.simple_tag
def icon_again(name: str, size: str = "") -> SafeString:
    """An icon of the sheet that stands above the table: a fourth of its length, for hundreds of them."""
    return icons.again(name, size)


@register.simple_tag(name="cached_rows")
def rows_from_memory(template: str, rows: Any, **values: Any) -> SafeString:
    """``{% cached_rows "documents/table/_row.html" rows can_curate=can_curate %}``: see
    dashboard.core.rendering.cached_rows."""
    return cached_rows.render(template, rows, **values)


@register.simple_tag(name="cached_part")
def part_from_memory(template: str, **values: Any) -> SafeString:
    """``{% cached_part "core/sidebar.html" server=server here=here %}``: see dashboard.core.rendering.cached_parts."""
    return cached_parts.render(template, values)


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
    return "datasets" if name in ("documents", "outdated", "chunks", "metadata", "graph") else name


@register.filter
def hostname(address: str) -> str:
    """``http://ragflow.internal:9380`` → ``ragflow.internal:9380``."""
    return urlsplit(address).netloc or address


@register.simple_tag
def bar(label: str, css: str = "", **amounts: float) -> SafeString:
    """``{% bar label done=1062 run=5 fail=2 %}``: a stacked bar (``core/bars.py``); css "ra-bar--thin"."""
    return bars.bar(label, amounts, css)


@register.filter
def score(value: float | None) -> str:
    """A similarity with two decimals; None → a dash."""
    return formatting.NOTHING if value is None else f"{value:.2f}"


@register.filter
def share_width(value: float | None, full: float = 1.0) -> str:
    """0.834 → ``83.4%``, the ``width`` of an SVG rect; ``full`` is the value that means 100%."""
    return f"{max(0.0, min(1.0, (value or 0.0) / full)) * 100:.1f}%"


@register.simple_tag(takes_context=True)
def query(context: Context, **changes: Any) -> str:
    """The page's query string with some parameters changed (None removes one), starting with ``?``.

    A change of anything but ``page`` goes back to the first page. A remembered part has no request: it knows the query
    as ``asked``.
    """
    request = context.get("request")
    asked = request.GET if request else QueryDict(context.get("asked", ""))
    # No copy of the QueryDict, which is a deep one: a page has up to twenty of these addresses.
    parameters = dict(asked.lists())
    if "page" not in changes:
        parameters.pop("page", None)
    for name, value in changes.items():
        if value is None or value == "":
            parameters.pop(name, None)
        else:
            parameters[name] = [str(item) for item in value] if isinstance(value, (list, tuple)) else [str(value)]
    return "?" + urlencode(parameters, doseq=True)


@register.simple_tag(takes_context=True, name="pager")
def pager_from_memory(context: Context, pager: Pager, label: str = "") -> SafeString:
    """``{% pager pager %}``: the pager under a list; ``label`` distinguishes two on one page."""
    request = context.get("request")
    asked = request.GET.urlencode() if request else ""
    return cached_parts.render("core/pager.html", {"pager": pager, "label": label, "asked": asked})


@register.simple_tag(takes_context=True)
def sort_head(
    context: Context, label: str, key: str, sort: Sort, *, css: str = "", desc_first: bool = False
) -> SafeString:
    """A sortable column header: ``{% sort_head "Name" "name" sort css="c-num" desc_first=True %}``.

    ``sort`` is the table's current ``dashboard.core.sorting.Sort``. Links inherit htmx attributes from their ancestors.
    """
    order = ("descending" if sort.desc else "ascending") if sort.key == key else ""
    url = query(context, sort=str(sort.next(key, desc_first)))
    return cached_parts.render("core/sort_head.html", {"label": label, "css": css, "order": order, "url": url})


@register.simple_tag
def widget(field: BoundField, range_id: str = "", switch: bool = False, **attributes: Any) -> SafeString:
    """A form field's input with our classes and ``aria-describedby``.

    ``range_id`` is the id of the text about range and default; a ``switch`` gets no checkbox class; other attributes
    are passed on (``data_x`` becomes ``data-x``).
    """
    kind = field.field.widget
    attrs = {name.replace("_", "-"): value for name, value in attributes.items() if value not in (None, "")}
    css = [attrs.pop("class", ""), kind.attrs.get("class", "")]
    if switch:
        pass
    elif isinstance(kind, (CheckboxInput, RadioSelect, CheckboxSelectMultiple)):
        css.append("form-check-input")
    elif isinstance(kind, Select):
        css.append("form-select")
    elif not isinstance(kind, HiddenInput):
        css.append("form-control")
    if field.errors:
        css.append("ra-invalid")
    described = [
        range_id,
        f"{field.auto_id}_helptext" if field.help_text else "",
        f"{field.auto_id}_error" if field.errors else "",
    ]
    if any(described):
        attrs["aria-describedby"] = " ".join(part for part in described if part)
    return SafeString(field.as_widget(attrs={**attrs, "class": " ".join(part for part in css if part)}))


@register.simple_tag
def range_words(field: BoundField, unit: str = "", default: Any = None) -> str:
    """``1 to 2,048 tokens · default 512`` from the form field's limits; "" without limits."""
    low, high = getattr(field.field, "min_value", None), getattr(field.field, "max_value", None)
    words = []
    if low is not None and high is not None:
        words.append(_("%(low)s to %(high)s") % {"low": formatting.count(low), "high": formatting.count(high)})
    elif high is not None:
        words.append(_("at most %(high)s") % {"high": formatting.count(high)})
    if words and unit:
        words[0] += f" {unit}"
    if default not in (None, ""):
        shown = formatting.count(default) if isinstance(default, (int, float)) else str(default)
        words.append(_("default %(value)s") % {"value": shown})
    return " · ".join(words)


@register.simple_tag
def field_error_count(*forms: BaseForm | str) -> int:
    """The number of fields with errors in the forms; a missing form ("") counts as none."""
    given = [form for form in forms if isinstance(form, BaseForm)]
    return sum(1 for form in given for name in form.errors if name != NON_FIELD_ERRORS)


@register.filter
def unlocalised(value: object) -> str:
    """A number for an HTML attribute: no separators, a decimal point, no trailing zeros."""
    if isinstance(value, (int, float)):
        return f"{value:g}" if isinstance(value, float) else str(value)
    return "" if value is None else str(value)


@register.filter
def lookup(values: Mapping[str, Any] | None, key: object) -> Any:
    """``values[key]``, or None."""
    return (values or {}).get(str(key))


@register.filter
def milliseconds(value: float | None) -> str:
    """``38 ms``, or ``4.2 s`` from one second."""
    if value is None:
        return formatting.NOTHING
    return f"{value:,.0f}{formatting.NBSP}ms" if value < 1000 else formatting.duration(value / 1000)


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
