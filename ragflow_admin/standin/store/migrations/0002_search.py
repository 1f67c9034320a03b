"""Full-text search over the chunks' tokens, kept in step by triggers."""

from __future__ import annotations

from django.db import migrations

CREATE = [
    """CREATE VIRTUAL TABLE chunk_search USING
         fts5(tokens, content='store_chunk', content_rowid='row', tokenize='unicode61')""",
    "CREATE VIRTUAL TABLE chunk_terms USING fts5vocab('chunk_search', 'row')",
    """CREATE TRIGGER chunk_added AFTER INSERT ON store_chunk BEGIN
         INSERT INTO chunk_search(rowid, tokens) VALUES (new.row, new.tokens); END""",
    """CREATE TRIGGER chunk_removed AFTER DELETE ON store_chunk BEGIN
         INSERT INTO chunk_search(chunk_search, rowid, tokens) VALUES ('delete', old.row, old.tokens); END""",
    """CREATE TRIGGER chunk_changed AFTER UPDATE OF tokens ON store_chunk BEGIN
         INSERT INTO chunk_search(chunk_search, rowid, tokens) VALUES ('delete', old.row, old.tokens);
         INSERT INTO chunk_search(rowid, tokens) VALUES (new.row, new.tokens); END""",
]
DROP = [
    "DROP TRIGGER chunk_changed",
    "DROP TRIGGER chunk_removed",
    "DROP TRIGGER chunk_added",
    "DROP TABLE chunk_terms",
    "DROP TABLE chunk_search",
]


class Migration(migrations.Migration):
    dependencies = [("store", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
