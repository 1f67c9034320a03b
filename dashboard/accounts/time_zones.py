"""The time zones to choose from, by region."""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from zoneinfo import available_timezones

from django.conf import settings
from django.utils.translation import gettext as _

Choice = tuple[str, str] | tuple[str, list[tuple[str, str]]]


@lru_cache(maxsize=1)
def _zones() -> list[Choice]:
    """The zones by region. Those without a region are old names of others, except UTC."""
    regions = (
        "Africa",
        "America",
        "Antarctica",
        "Arctic",
        "Asia",
        "Atlantic",
        "Australia",
        "Europe",
        "Indian",
        "Pacific",
    )
    names = sorted(name for name in available_timezones() if name.partition("/")[0] in regions)
    grouped = groupby(names, key=lambda name: name.partition("/")[0])
    return [
        ("UTC", "UTC"),
        *((region, [(name, name.partition("/")[2].replace("_", " ")) for name in some]) for region, some in grouped),
    ]


def choices() -> list[Choice]:
    """That of the installation (""), and all zones by region."""
    return [("", _("Default of this installation (%(zone)s)") % {"zone": settings.TIME_ZONE}), *_zones()]
