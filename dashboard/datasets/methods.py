"""RAGFlow's chunk methods with help for choosing one, and display names of methods and models."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dashboard.ragflow.releases.offers import Offer
from dashboard.ragflow.types import Dataset


@dataclass(frozen=True)
class ChunkMethod:
    """A chunk method: ``key`` is RAGFlow's name; the rest is help text. ``unfit`` names documents for other methods.

    ``since`` is what a server must offer to have it. Not every method can be chosen for datasets and for documents.
    """

    key: str
    label: str | Promise
    purpose: str | Promise
    explanation: str | Promise
    fits: str | Promise
    unfit: str | Promise
    file_types: str | Promise
    common: bool = False
    since: Offer | None = None
    of_datasets: bool = True
    of_documents: bool = True


METHODS = (
    ChunkMethod(
        "naive",
        _("General"),
        _("Most documents"),
        _("Splits at the delimiter and merges the parts into chunks of the chosen number of tokens."),
        _("Policies, reports, web pages, mixed folders"),
        _("Contracts with numbered clauses: Laws keeps them together"),
        "PDF, DOCX, XLSX, PPTX, MD, TXT, CSV, JSON, HTML, EML, images",
        common=True,
    ),
    ChunkMethod(
        "manual",
        _("Manual"),
        _("Sections of manuals"),
        _("Splits at the lowest heading level, so a section stays together with its pictures and tables."),
        _("Product manuals with numbered sections"),
        _("Text without headings: General splits it by length"),
        "PDF, DOCX",
        common=True,
    ),
    ChunkMethod(
        "laws",
        _("Laws"),
        _("Articles, clauses"),
        _("Keeps every article or clause whole, with the headings above it."),
        _("Laws, contracts, regulations"),
        _("Prose without articles: General is a better fit"),
        "PDF, DOCX, TXT, HTML",
        common=True,
    ),
    ChunkMethod(
        "qa",
        _("Q&A"),
        _("Question and answer"),
        _("Makes one chunk per pair. Searches match the question."),
        _("FAQ lists with two columns: question, answer"),
        _("Prose without question-and-answer pairs"),
        "XLSX, CSV, TXT, PDF, MD, DOCX",
        common=True,
    ),
    ChunkMethod(
        "table",
        _("Table"),
        _("One row, one chunk"),
        _("Makes one chunk per row and puts the column header before each value."),
        _("Exports, price lists, tickets"),
        _("Formatted sheets with titles and notes: General reads them as text"),
        "XLSX, CSV, TXT",
        common=True,
    ),
    ChunkMethod(
        "book",
        _("Book"),
        _("Long, with chapters"),
        _("Follows the chapters of a long text and leaves out its table of contents."),
        _("Books, collected minutes"),
        _("Short documents: General is enough"),
        "PDF, DOCX, TXT",
        common=True,
    ),
    ChunkMethod(
        "paper",
        _("Paper"),
        _("Research papers"),
        _("Splits at sections and keeps the abstract whole."),
        _("Scientific papers"),
        _("Reports without abstract and sections: General is a better fit"),
        "PDF",
    ),
    ChunkMethod(
        "presentation",
        _("Presentation"),
        _("One slide, one chunk"),
        _("Makes one chunk per slide or page and keeps an image of it."),
        _("Slides, posters"),
        _("Prose: it is split at page ends instead of sections"),
        "PDF, PPTX",
    ),
    ChunkMethod(
        "picture",
        _("Picture"),
        _("Photos, scans"),
        _("Reads the text in a picture, and describes it if a vision model is configured."),
        _("Photos, screenshots, drawings"),
        _("Scanned PDF files: General reads them page by page"),
        "JPEG, PNG, TIF, GIF",
    ),
    ChunkMethod(
        "one",
        _("One"),
        _("Whole document"),
        _("Makes a single chunk per document, which must fit the model's context."),
        _("Short notes, summaries"),
        _("Long documents: text beyond the model's context is dropped"),
        "DOCX, XLSX, PDF, TXT",
    ),
    ChunkMethod(
        "email",
        _("Email"),
        _("Messages"),
        _("Separates header, body and attachments of a message."),
        _("Saved messages"),
        _("Mailbox files: each message needs its own file"),
        "EML",
    ),
    ChunkMethod(
        "tag",
        _("Tag"),
        _("Tag set"),
        _("Holds no searchable documents. Other datasets take their tags from it."),
        _("Lists with two columns: description, tags"),
        _("Searchable documents: use a dataset with another method"),
        "XLSX, CSV, TXT",
    ),
    ChunkMethod(
        "resume",
        _("Resume"),
        _("Applications"),
        _("Reads the fields of a CV, such as name, education and experience, with the language model."),
        _("CVs of applicants"),
        _("Other documents: they have none of the fields"),
        "PDF, DOCX, TXT",
        since="chunk method resume",
        of_documents=False,
    ),
    ChunkMethod(
        "knowledge_graph",
        _("Knowledge graph"),
        _("Entities, relations"),
        _("Makes chunks of entities and their relations."),
        _("Documents that only a graph is made of"),
        _("Documents that are searched as text: use another method"),
        "PDF, DOCX, XLSX, PPTX, TXT",
        since="documents as graphs",
        of_datasets=False,
    ),
)
# Listed with the methods on the form, although RAGFlow takes a pipeline instead of a method (contract §7.1).
PIPELINE = ChunkMethod(
    "pipeline",
    _("Ingestion pipeline"),
    _("A flow built in RAGFlow"),
    _("Your own flow processes the files with its parsers, splitters and language models."),
    _("Documents that no built-in method handles well"),
    _("Anything a chunk method can do: it is quicker to set up and to check"),
    _("Depends on its Parser component"),
)
BY_KEY = {method.key: method for method in METHODS}
DEFAULT = "naive"


def for_datasets(accepts: Collection[Offer]) -> tuple[ChunkMethod, ...]:
    """The methods of datasets on a server that offers this."""
    return tuple(one for one in METHODS if one.of_datasets and (one.since is None or one.since in accepts))


def for_documents(accepts: Collection[Offer]) -> tuple[ChunkMethod, ...]:
    """The methods of single documents on a server that offers this."""
    return tuple(one for one in METHODS if one.of_documents and (one.since is None or one.since in accepts))


def label(key: str) -> str:
    """The display name of a method; RAGFlow's key for an unknown one."""
    method = PIPELINE if key == PIPELINE.key else BY_KEY.get(key)
    return str(method.label) if method else key


def key_of(dataset: Dataset) -> str:
    """The key of the dataset's chunk method, or of PIPELINE."""
    return PIPELINE.key if dataset.pipeline_id else dataset.chunk_method


def card(key: str) -> ChunkMethod:
    """The method for the card next to the form; the default method for an unknown key."""
    return PIPELINE if key == PIPELINE.key else BY_KEY.get(key, BY_KEY[DEFAULT])


def model_of(dataset: Dataset) -> str:
    """The display name of the dataset's embedding model, also if RAGFlow stores the tenant's id of it."""
    return model_name(dataset.embedding_model_name or dataset.embedding_model)


def model_name(model: str) -> str:
    """``BAAI/bge-m3@Builtin`` → ``bge-m3``: the name without vendor and provider."""
    return model.partition("@")[0].rpartition("/")[2] or model
