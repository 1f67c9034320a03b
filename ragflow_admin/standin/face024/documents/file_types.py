"""File types by extension (contract §9.1)."""

from __future__ import annotations

DOC = {
    "msg", "eml", "doc", "docx", "ppt", "pptx", "yml", "xml", "htm", "html", "json", "jsonl", "ldjson", "csv",
    "txt", "ini", "xls", "xlsx", "wps", "rtf", "hlp", "pages", "numbers", "key", "md", "mdx", "py", "js",
    "java", "c", "cpp", "h", "php", "go", "ts", "sh", "cs", "kt", "sql",
}  # fmt: skip
AURAL = {
    "wav", "flac", "ape", "alac", "wavpack", "wv", "mp3", "aac", "ogg", "vorbis", "opus",
}  # fmt: skip
VISUAL = {
    "jpg", "jpeg", "png", "tif", "gif", "pcx", "tga", "exif", "fpx", "svg", "psd", "cdr", "pcd", "dxf", "ufo",
    "eps", "ai", "raw", "wmf", "webp", "avif", "apng", "icon", "ico", "bmp", "mpg", "mpeg", "avi", "rm", "rmvb",
    "mov", "wmv", "asf", "dat", "asx", "wvx", "mpe", "mpa", "mp4", "mkv",
}  # fmt: skip


def suffix_of(name: str) -> str:
    """The extension in lower case; "" if there is none."""
    return name.rsplit(".", 1)[1].lower() if "." in name else ""


def type_of(name: str) -> str | None:
    """pdf, doc, aural or visual; None for a file that RAGFlow does not accept."""
    suffix = suffix_of(name)
    if suffix == "pdf":
        return "pdf"
    for kind, suffixes in (("doc", DOC), ("aural", AURAL), ("visual", VISUAL)):
        if suffix in suffixes:
            return kind
    return None


def method_of(name: str, kind: str, dataset_method: str) -> str:
    """The chunk method of a new document: the dataset's, except for some kinds of file."""
    if kind == "visual":
        return "picture"
    if kind == "aural":
        return "audio"
    return {"ppt": "presentation", "pptx": "presentation", "pages": "presentation", "eml": "email", "msg": "email"}.get(
        suffix_of(name), dataset_method
    )
