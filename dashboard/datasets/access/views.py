"""Which datasets of a server a person sees, and as what."""

from __future__ import annotations

from typing import Final

from django.contrib.auth.models import User
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from dashboard.accounts.people import changes
from dashboard.accounts.rights import grants
from dashboard.core.access.rights import Role
from dashboard.core.formatting import visible
from dashboard.core.paging import Pager, PageRequest
from dashboard.core.sorting import Sort
from dashboard.core.web import messages
from dashboard.core.web.http import DashboardRequest, wants_fragment
from dashboard.core.web.roles import administrator
from dashboard.datasets.list import listing
from dashboard.models import Grant

BY_NAME: Final = Sort("name")
NONE: Final = 0


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@administrator
def person(request: DashboardRequest, person_id: int) -> HttpResponse:
    """The datasets of the server with the person's role in each; POST saves those of the page that was sent."""
    user = get_object_or_404(User.objects.select_related("person"), pk=person_id)
    query = request.GET.get("q", "").strip()[:200]
    page = PageRequest.read(request.GET)
    found = listing.find(request.ragflow, request.server, query, BY_NAME, page)
    granted = {grant.dataset_id: grant for grant in Grant.objects.filter(user=user, server=request.server)}
    if request.method == "POST":
        names = {dataset.id: dataset.name for dataset in found.datasets}
        names |= {id: grant.dataset_name for id, grant in granted.items() if id and id not in names}
        given = _given(request.POST, names)
        if given is None:
            messages.error(request, _("Nothing saved"), _("A role must be one of those offered."))
        else:
            number = grants.give_in_datasets(user, request.server, given, by=request.user, name=changes.label(user))
            messages.success(request, _("Saved") if number else _("Nothing changed"), visible(changes.label(user)))
        return redirect(request.get_full_path())
    whole = granted.pop("", None)
    listed = {dataset.id for dataset in found.datasets}
    context = {
        "person": user,
        "name": visible(changes.label(user)),
        "whole": Role(whole.role).group if whole else "",
        "rows": [(dataset, granted[dataset.id].role if dataset.id in granted else NONE) for dataset in found.datasets],
        "others": [grant for id, grant in granted.items() if id not in listed],
        "roles": [(NONE, _("No access")), *((int(role), role.group) for role in grants.GIVEN)],
        "query": query,
        "pager": Pager(page.number, page.size, len(found.datasets), found.total),
        "left_out": found.left_out,
    }
    return render(request, f"datasets/access/person.html{'#table' if wants_fragment(request) else ''}", context)


def _given(posted: QueryDict, names: dict[str, str]) -> dict[str, tuple[str, Role | None]] | None:
    """The roles of the datasets that were sent; None if one of them is not a role that can be given."""
    offered = {str(NONE): None, **{str(int(role)): role for role in grants.GIVEN}}
    given: dict[str, tuple[str, Role | None]] = {}
    for id, name in names.items():
        value = posted.get(f"role-{id}")
        if value is None:
            continue
        if value not in offered:
            return None
        given[id] = (name, offered[value])
    return given
