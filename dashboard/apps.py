from __future__ import annotations

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    """The only application. Its areas are folders, not separate applications."""

    name = "dashboard"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Import the modules that register job actions and kinds of Activity."""
        from axes.signals import user_locked_out
        from django.contrib.auth.signals import user_logged_in, user_logged_out

        import dashboard.chunks.bulk.job_actions
        import dashboard.documents.bulk.job_actions
        import dashboard.documents.outdated.job_actions
        import dashboard.documents.uploads.replace_job
        import dashboard.graph.activity
        import dashboard.management.history
        import dashboard.metadata.job_actions  # noqa: F401
        from dashboard.accounts import sessions
        from dashboard.accounts.sign_in import records

        user_logged_in.connect(sessions.begin)
        user_logged_out.connect(sessions.end)
        user_locked_out.connect(records.locked)
