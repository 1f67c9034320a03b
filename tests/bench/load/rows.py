"""What the scripted upstream answers: rows of the size and shape that RAGFlow 0.24 sends."""

from __future__ import annotations

from typing import Any

TENANT = "b6b695b0e5e611f1b41a02fc00000001"
DATASET = "7528ace4e5e811f18dfc02fc00000001"
CHAT = "b67e0fe0e5e811f18dfc02fc00000001"
CREATED_MS = 1795292198598
MODEL = "fake-chat___OpenAI-API@OpenAI-API-Compatible"
EMBEDDING = "BAAI/bge-small-en-v1.5@Builtin"
PARSER_CONFIG: dict[str, Any] = {
    "auto_keywords": 0,
    "auto_questions": 0,
    "chunk_token_num": 512,
    "delimiter": "\n",
    "graphrag": {
        "entity_types": ["organization", "person", "geo", "event", "category"],
        "method": "light",
        "use_graphrag": False,
    },
    "html4excel": False,
    "image_context_size": 0,
    "layout_recognize": "DeepDOC",
    "llm_id": MODEL,
    "raptor": {
        "max_cluster": 64,
        "max_token": 256,
        "prompt": "Please summarize the following paragraphs. Be careful with the numbers, do not make things up. "
        "Paragraphs as following:\n      {cluster_content}\nThe above is the content you need to summarize.",
        "random_seed": 0,
        "threshold": 0.1,
        "use_raptor": False,
    },
    "table_context_size": 0,
    "topn_tags": 3,
}
PROGRESS_LOG = "\n".join(
    f"20:16:58 {line}"
    for line in (
        "Task has been received.",
        "Page(1~100000001): Start to parse.",
        "Page(1~100000001): Finish parsing.",
        "Page(1~100000001): Generate 30 chunks",
        "Page(1~100000001): Embedding chunks (0.04s)",
        "Page(1~100000001): Indexing done (0.11s).",
        "Page(1~100000001): Task done (0.96s)",
    )
)


def _dates(number: int) -> dict[str, Any]:
    stamp = CREATED_MS - number * 60_000
    return {
        "create_date": "2026-11-21T20:16:38",
        "create_time": stamp,
        "update_date": "2026-11-21T20:16:58",
        "update_time": stamp + 20_000,
    }


def dataset_id(number: int) -> str:
    """The id of the dataset in this place of the list; ``DATASET`` is the first."""
    return DATASET if number == 0 else f"{number:08x}e5e811f18dfc02fc00000001"


def dataset(number: int) -> dict[str, Any]:
    return {
        **_dates(number),
        "avatar": None,
        "chunk_count": 30 * (number + 1),
        "chunk_method": "naive",
        "created_by": TENANT,
        "description": f"Manuals and service notes of product line {number}",
        "document_count": 100,
        "embedding_model": EMBEDDING,
        "graphrag_task_finish_at": None,
        "graphrag_task_id": None,
        "id": dataset_id(number),
        "language": "English",
        "mindmap_task_finish_at": None,
        "mindmap_task_id": None,
        "name": f"Product line {number} manuals",
        "pagerank": 0,
        "parser_config": PARSER_CONFIG,
        "permission": "me",
        "pipeline_id": None,
        "raptor_task_finish_at": None,
        "raptor_task_id": None,
        "similarity_threshold": 0.2,
        "status": "1",
        "tenant_id": TENANT,
        "token_num": 814 * (number + 1),
        "vector_similarity_weight": 0.3,
    }


def document(number: int, progress: float | None = None) -> dict[str, Any]:
    """A parsed document, or one that is being parsed and has come so far."""
    running = progress is not None
    return {
        **_dates(number),
        "chunk_count": 0 if running else 30,
        "chunk_method": "naive",
        "created_by": TENANT,
        "dataset_id": DATASET,
        "id": f"{number:08x}e5e911f18dfc02fc00000001",
        "location": f"service-note-{number:04}.txt",
        "meta_fields": {},
        "name": f"service-note-{number:04}.txt",
        "parser_config": PARSER_CONFIG,
        "pipeline_id": None,
        "process_begin_at": "2026-11-21T20:16:57",
        "process_duration": 1.9917,
        "progress": 1.0 if progress is None else progress,
        "progress_msg": PROGRESS_LOG,
        "run": "RUNNING" if running else "DONE",
        "size": 3829 + number,
        "source_type": "local",
        "status": "1",
        "suffix": "txt",
        "thumbnail": "",
        "title": None,
        "token_count": 0 if running else 814,
        "type": "doc",
    }


def uploaded(name: str, size: int, number: int) -> dict[str, Any]:
    return {
        "chunk_method": "naive",
        "created_by": TENANT,
        "dataset_id": DATASET,
        "id": f"{number:08x}e5ea11f18dfc02fc00000001",
        "location": name,
        "name": name,
        "parser_config": PARSER_CONFIG,
        "pipeline_id": None,
        "run": "UNSTART",
        "size": size,
        "source_type": "local",
        "suffix": name.rpartition(".")[2],
        "thumbnail": "",
        "type": "doc",
    }


def chat() -> dict[str, Any]:
    raw = {"id": DATASET, "name": "Product line 0 manuals", "doc_num": 100, "chunk_num": 30, "parser_id": "naive"}
    return {
        **_dates(0),
        "avatar": "",
        "datasets": [{**raw, "embd_id": EMBEDDING, "parser_config": PARSER_CONFIG}],
        "description": "A helpful Assistant",
        "do_refer": "1",
        "id": CHAT,
        "language": "English",
        "llm": {"model_name": MODEL, "temperature": 0.1, "top_p": 0.3, "max_tokens": 512},
        "meta_data_filter": {},
        "name": "Service desk",
        "prompt": {
            "empty_response": "Sorry! No relevant content was found in the knowledge base!",
            "keywords_similarity_weight": 0.7,
            "opener": "Hi! I'm your assistant. What can I do for you?",
            "prompt": "You are an intelligent assistant. Here is the knowledge base:\n{knowledge}",
            "refine_multiturn": True,
            "rerank_model": "",
            "show_quote": True,
            "similarity_threshold": 0.2,
            "top_n": 6,
            "tts": False,
            "variables": [{"key": "knowledge", "optional": False}],
        },
        "prompt_type": "simple",
        "status": "1",
        "tenant_id": TENANT,
        "top_k": 1024,
    }


def session_id(number: int) -> str:
    return f"{number:08x}e5eb11f18dfc02fc00000001"


def session(identifier: str) -> dict[str, Any]:
    return {
        **_dates(0),
        "chat_id": CHAT,
        "id": identifier,
        "messages": [{"content": "Hi! I'm your assistant. What can I do for you?", "role": "assistant"}],
        "name": f"Session {identifier[:8]}",
        "user_id": "",
    }


def defaults() -> dict[str, Any]:
    """The tenant's default models."""
    named = {"llm_id": MODEL, "embd_id": EMBEDDING, "rerank_id": "", "img2txt_id": "", "asr_id": "", "tts_id": None}
    return {"tenant_id": TENANT, "name": "Bench", "parser_ids": "naive:General", "role": "owner", **named}


def models() -> dict[str, Any]:
    def model(name: str, factory: str, kind: str) -> dict[str, Any]:
        return {"available": True, "fid": factory, "llm_name": name, "model_type": kind, "status": "1"}

    return {
        "Builtin": [model("BAAI/bge-small-en-v1.5", "Builtin", "embedding")],
        "OpenAI-API-Compatible": [model("fake-chat___OpenAI-API", "OpenAI-API-Compatible", "chat")],
    }
