"""What people should know about the release of a server: what it lacks, and whether this dashboard knows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dashboard.ragflow.releases import offers
from dashboard.ragflow.releases.offers import Offer
from dashboard.ragflow.releases.release import NEWEST, OLDEST, Number, Release

# What people would look for in vain on the pages of this dashboard. Other offers only decide about single fields.
MISSING: Final[dict[Offer, str | Promise]] = {
    "retrieval": gettext_lazy("Datasets can't be searched: the retrieval lab and question sets don't work."),
    "jobs of datasets": gettext_lazy("Knowledge graphs and RAPTOR summaries can't be built."),
    "ingestion logs": gettext_lazy("There are no ingestion logs. The log of a document is that of its last parsing."),
    "compilation templates": gettext_lazy("There are no compilation templates for knowledge graphs."),
    "parts of chunks": gettext_lazy("Chunks can't be split into children for the search."),
    "chunk method resume": gettext_lazy("There is no chunk method Resume."),
    "thinking modes": gettext_lazy("Questions can't be asked with a thinking mode."),
    "sessions of others": gettext_lazy("Sessions always belong to the owner of the API key."),
}


@dataclass(frozen=True)
class Notice:
    """A line at the top of the overview: ``strong`` is what is so, ``text`` what follows from it."""

    strong: str
    text: str
    kind: str = "warn"


def missing(release: Release) -> tuple[str, ...]:
    """What this release does not offer, one sentence each."""
    offered = offers.of(release)
    return tuple(str(words) for offer, words in MISSING.items() if offer not in offered)


def notices(release: Release) -> tuple[Notice, ...]:
    """What may surprise people who use this server (ragflow-0.27 §1, §2)."""
    found = []
    if release.implementation == "go":
        found.append(
            Notice(
                _("RAGFlow's API server in Go answers here."),
                _(
                    "It can't search datasets, build knowledge graphs or RAPTOR summaries, and has none of the older"
                    " addresses of the API, so pages of this dashboard will fail. To use the server in Python, set"
                    " API_PROXY_SCHEME=python in RAGFlow's docker/.env."
                ),
                "bad",
            )
        )
    if release.is_guessed:
        found.append(
            Notice(
                _("This build of RAGFlow doesn't tell its release."),
                _("Judging by what it has, it is spoken to as %(release)s.") % {"release": _short(release.number)},
                "",
            )
        )
    elif release.is_newer:
        found.append(
            Notice(
                _("This release of RAGFlow is newer than this dashboard."),
                _("It is spoken to as %(release)s. If a page fails, look for an update of the dashboard.")
                % {"release": _short(NEWEST)},
            )
        )
    elif release.is_older:
        found.append(
            Notice(
                _("This release of RAGFlow is too old."),
                _("The dashboard works with %(release)s and later.") % {"release": _short(OLDEST)},
            )
        )
    return tuple(found)


def lacks_much(release: Release | None) -> bool:
    """Whether so much is missing that the overview must not call the server operational."""
    return release is not None and any(notice.kind == "bad" for notice in notices(release))


def process(release: Release) -> str:
    """Which of RAGFlow's server processes answers, in words."""
    return {"go": _("API server in Go"), "python": _("API server in Python")}.get(release.implementation, "")


def _short(number: Number) -> str:
    return f"{number[0]}.{number[1]}"
