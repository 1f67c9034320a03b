"""The settings of RAPTOR and the knowledge graph, used by jobs of a whole dataset (contract §7.1, ragflow-0.27 §6)."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dashboard.datasets.settings.parser_field import Kind, ParserField

SECONDS = _("seconds")
RAPTOR = (
    ParserField(
        "raptor.use_raptor",
        Kind.SWITCH,
        _("Use RAPTOR"),
        default=False,
        help=_("Hierarchical summaries for questions about whole documents. Started separately, not by parsing."),
    ),
    ParserField(
        "raptor.max_token",
        Kind.INTEGER,
        _("Summary length"),
        default=256,
        low=1,
        high=2048,
        unit=_("tokens"),
        until="RAPTOR clustering",
    ),
    ParserField(
        "raptor.max_token",
        Kind.INTEGER,
        _("Summary length"),
        default=512,
        low=512,
        high=2048,
        unit=_("tokens"),
        since="RAPTOR clustering",
    ),
    ParserField(
        "raptor.threshold",
        Kind.DECIMAL,
        _("Threshold"),
        default=0.1,
        low=0,
        high=1,
        step=0.01,
        until="RAPTOR clustering",
    ),
    ParserField(
        "raptor.clustering_threshold",
        Kind.DECIMAL,
        _("Clustering threshold"),
        default=0.3,
        low=0,
        high=1,
        step=0.01,
        since="RAPTOR clustering",
    ),
    ParserField(
        "raptor.clustering_ratio",
        Kind.DECIMAL,
        _("Clustering ratio"),
        default=0.5,
        low=0,
        high=1,
        step=0.01,
        since="RAPTOR clustering",
    ),
    ParserField("raptor.max_cluster", Kind.INTEGER, _("Maximum clusters"), default=64, low=1, high=1024),
    ParserField("raptor.random_seed", Kind.INTEGER, _("Random seed"), default=0, low=0),
    ParserField(
        "raptor.auto_disable_for_structured_data",
        Kind.SWITCH,
        _("Skip spreadsheets"),
        default=True,
        help=_("Also skips other structured files. Summaries of rows are rarely useful."),
    ),
    ParserField(
        "raptor.prompt",
        Kind.LONG_TEXT,
        _("Prompt"),
        optional=True,
        help=_(
            "{cluster_content} is replaced by the text to summarise. For a new dataset, empty means RAGFlow's default."
        ),
    ),
)


def _limit(  # noqa: PLR0917
    name: str,
    label: Promise | str,
    default: int,
    kind: Kind = Kind.INTEGER,
    low: int = 1,
    unit: Promise | str = SECONDS,
) -> ParserField:
    """A limit of building the graph. RAGFlow states no highest value."""
    return ParserField(
        f"graphrag.{name}", kind, label, default=default, low=low, unit=unit, since="limits of graph building"
    )


GRAPH = (
    ParserField(
        "graphrag.use_graphrag",
        Kind.SWITCH,
        _("Use a knowledge graph"),
        default=False,
        help=_("Entities and their relations, for questions across documents. Started separately."),
    ),
    ParserField(
        "graphrag.entity_types",
        Kind.WORDS,
        _("Entity types"),
        default=("organization", "person", "geo", "event", "category"),
        help=_("Separated by commas."),
    ),
    ParserField(
        "graphrag.method",
        Kind.CHOICE,
        _("Method"),
        default="light",
        choices=(("light", _("Light: fewer calls of the language model")), ("general", _("General: more thorough"))),
    ),
    ParserField("graphrag.resolution", Kind.SWITCH, _("Merge equivalent entities"), default=False),
    ParserField("graphrag.community", Kind.SWITCH, _("Generate community reports"), default=False),
    ParserField(
        "compilation_template_group_id",
        Kind.TEMPLATES,
        _("Compilation templates"),
        help=_("RAGFlow builds graphs from what these templates make of each document. Applies to the next parsing."),
        optional=True,
        since="compilation templates",
    ),
    _limit("batch_chunk_token_size", _("Tokens per call"), 4096, low=1, unit=_("tokens")),
    _limit("retry_attempts", _("Retries of a call"), 2, low=0, unit=""),
    _limit("retry_backoff_seconds", _("First pause before a retry"), 2, kind=Kind.DECIMAL, low=0),
    _limit("retry_backoff_max_seconds", _("Longest pause before a retry"), 60, kind=Kind.DECIMAL, low=0),
    _limit("build_subgraph_timeout_per_chunk_seconds", _("Time limit per chunk"), 300),
    _limit("build_subgraph_min_timeout_seconds", _("Least time limit per document"), 600),
    _limit("merge_timeout_seconds", _("Time limit of a merge"), 180),
    _limit("resolution_timeout_seconds", _("Time limit of merging entities"), 1800),
    _limit("community_timeout_seconds", _("Time limit of community reports"), 1800),
    _limit("lock_acquire_timeout_seconds", _("Time limit of waiting for the graph"), 600),
)
