"""Assistants, their sessions and conversations, as RAGFlow 0.27 has them (ragflow-0.27 §6)."""
