"""RAGFlow's chunk methods, as a person chooses between them, and how methods and models are called on pages."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dashboard.ragflow.types import Dataset


@dataclass(frozen=True)
class ChunkMethod:
    """``key`` is RAGFlow's word for it; the rest is for people. ``unfit`` says what another one does better."""

    key: str
    label: str | Promise
    purpose: str | Promise
    explanation: str | Promise
    fits: str | Promise
    unfit: str | Promise
    file_types: str | Promise
    common: bool = False


METHODS = (
    ChunkMethod(
        "naive",
        _("General"),
        _("Most documents"),
        _("Splits at the delimiter and joins neighbours until a chunk holds the chosen number of tokens."),
        _("Policies, reports, web pages, mixed folders"),
        _("Contracts with numbered clauses: Laws keeps them together"),
        "PDF, DOCX, XLSX, PPTX, MD, TXT, CSV, JSON, HTML, EML, images",
        common=True,
    ),
    ChunkMethod(
        "manual",
        _("Manual"),
        _("Sections of manuals"),
        _("Cuts at the lowest level of headings, so that a section with its pictures and tables stays together."),
        _("Product manuals with numbered sections"),
        _("Text without headings: General cuts it by length"),
        "PDF, DOCX",
        common=True,
    ),
    ChunkMethod(
        "laws",
        _("Laws"),
        _("Articles, clauses"),
        _("Keeps every article or clause whole, with the headings above it."),
        _("Laws, contracts, regulations"),
        _("Running text without articles: General fits better"),
        "PDF, DOCX, TXT, HTML",
        common=True,
    ),
    ChunkMethod(
        "qa",
        _("Q&A"),
        _("Question and answer"),
        _("Makes one chunk of each pair; the question is what is searched for."),
        _("FAQ lists with two columns: question, answer"),
        _("Running text, in which nothing is a question with its answer"),
        "XLSX, CSV, TXT, PDF, MD, DOCX",
        common=True,
    ),
    ChunkMethod(
        "table",
        _("Table"),
        _("One row, one chunk"),
        _("Makes one chunk of each row and puts the column's heading before each value."),
        _("Exports, price lists, tickets"),
        _("Sheets made for reading, with titles and remarks: General takes them as text"),
        "XLSX, CSV, TXT",
        common=True,
    ),
    ChunkMethod(
        "book",
        _("Book"),
        _("Long, with chapters"),
        _("Follows the chapters of a long text and leaves out its table of contents."),
        _("Books, minutes of many years"),
        _("Short documents: General is enough"),
        "PDF, DOCX, TXT",
        common=True,
    ),
    ChunkMethod(
        "paper",
        _("Paper"),
        _("Research papers"),
        _("Cuts at the sections and keeps the abstract whole."),
        _("Scientific papers"),
        _("Reports without abstract and sections: General fits better"),
        "PDF",
    ),
    ChunkMethod(
        "presentation",
        _("Presentation"),
        _("One slide, one chunk"),
        _("Makes one chunk of each slide or page and keeps a picture of it."),
        _("Slides, posters"),
        _("Running text: it is cut where the page ends, not the section"),
        "PDF, PPTX",
    ),
    ChunkMethod(
        "picture",
        _("Picture"),
        _("Photos, scans"),
        _("Reads the text in a picture, and describes it where a vision model is set up."),
        _("Photos, screenshots, drawings"),
        _("Scanned PDF files: General reads them page by page"),
        "JPEG, PNG, TIF, GIF",
    ),
    ChunkMethod(
        "one",
        _("One"),
        _("Whole document"),
        _("Makes a single chunk of each document. It must fit into the model's context."),
        _("Short notes, summaries"),
        _("Long documents: what does not fit into the model is left out"),
        "DOCX, XLSX, PDF, TXT",
    ),
    ChunkMethod(
        "email",
        _("Email"),
        _("Messages"),
        _("Takes head, text and attachments of a message apart."),
        _("Saved messages"),
        _("Whole mailboxes in one file: one message is one file"),
        "EML",
    ),
    ChunkMethod(
        "tag",
        _("Tag"),
        _("A set of tags"),
        _("Holds no documents to search: other datasets take their tags from it."),
        _("Lists with two columns: description, tags"),
        _("Documents to be searched: they belong into a dataset of another method"),
        "XLSX, CSV, TXT",
    ),
)
# Stands on the form beside the methods, and is none: RAGFlow takes a pipeline instead of a method (contract §7.1).
PIPELINE = ChunkMethod(
    "pipeline",
    _("Ingestion pipeline"),
    _("A flow made in RAGFlow"),
    _("A flow of your own takes the files: its parsers, splitters and language models decide what becomes of them."),
    _("Documents that none of the methods cuts well"),
    _("What a chunk method can do: it is quicker to set up and to check"),
    _("What its Parser component takes"),
)
BY_KEY = {method.key: method for method in METHODS}
DEFAULT = "naive"


def label(key: str) -> str:
    """The name people see; RAGFlow's own word for a method that we do not know."""
    method = PIPELINE if key == PIPELINE.key else BY_KEY.get(key)
    return str(method.label) if method else key


def key_of(dataset: Dataset) -> str:
    """What cuts its documents: the method's key, or that of PIPELINE."""
    return PIPELINE.key if dataset.pipeline_id else dataset.chunk_method


def card(key: str) -> ChunkMethod:
    """What the card beside the form tells; the default method for a key that we do not know."""
    return PIPELINE if key == PIPELINE.key else BY_KEY.get(key, BY_KEY[DEFAULT])


def model_name(model: str) -> str:
    """``BAAI/bge-m3@Builtin`` → ``bge-m3``: what people call it, without maker and provider."""
    return model.partition("@")[0].rpartition("/")[2] or model
