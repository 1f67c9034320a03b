"""Questions: of the retrieval lab, of question sets, of chats; trials of an assistant's settings."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dashboard.models.leases import Leased, LeasedQuerySet


class AskedQuestion(models.Model):
    """A question with all its settings: ``query`` is the query string of the lab's address.

    ``digest`` identifies it; ``found`` is the number of chunks that the first settings kept.
    """

    server = models.ForeignKey("dashboard.Server", on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    question = models.TextField()
    query = models.TextField()
    digest = models.CharField(max_length=64)
    found = models.PositiveIntegerField(default=0)
    asked_at = models.DateTimeField()

    class Meta:
        ordering = ("-asked_at", "-pk")
        indexes = [models.Index(fields=["server", "user", "-asked_at"], name="asked_lately")]
        constraints = [models.UniqueConstraint(fields=["server", "user", "digest"], name="asked_once_per_person")]

    def __str__(self) -> str:
        return self.question[:80]


class QuestionSet(models.Model):
    """Questions with expected hits, evaluated together on the same datasets."""

    server = models.ForeignKey("dashboard.Server", on_delete=models.CASCADE, related_name="question_sets")
    name = models.CharField(max_length=120)
    dataset_ids = models.JSONField(default=list)
    username = models.CharField(max_length=150)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name", "pk")
        constraints = [models.UniqueConstraint(fields=["server", "name"], name="one_question_set_per_name")]

    def __str__(self) -> str:
        return self.name


class SetQuestion(models.Model):
    """A question and its expected hits: ``chunks`` (ids), or any chunk of ``documents`` (names or ids)."""

    question_set = models.ForeignKey(QuestionSet, on_delete=models.CASCADE, related_name="questions")
    text = models.TextField()
    documents = models.JSONField(default=list)
    chunks = models.JSONField(default=list)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.text[:80]


class QuestionRunQuerySet(LeasedQuerySet["QuestionRun"]):
    """Runs."""

    def unfinished(self) -> QuestionRunQuerySet:
        """Runs that are neither finished nor cancelled."""
        return self.filter(state=QuestionRun.State.RUNNING)


class QuestionRun(Leased):
    """One evaluation: all questions of a set with the same settings.

    A run for comparison starts when the run ``after`` which it comes has ended. ``last_error`` is RAGFlow's last error.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        STOPPED = "stopped", _("Stopped")

    question_set = models.ForeignKey(QuestionSet, on_delete=models.CASCADE, related_name="runs")
    # Whose rights it keeps. None once the account is deleted: then nothing is asked any more.
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    username = models.CharField(max_length=150)
    parameters = models.JSONField()
    dataset_ids = models.JSONField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    after = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="followers")
    started_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)

    objects = QuestionRunQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(
                fields=["question_set"], condition=models.Q(state="running"), name="one_run_at_a_time_per_set"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.question_set_id}, {self.started_at:%Y-%m-%d %H:%M}"


class QuestionResult(models.Model):
    """The result of one question of a run. ``rank`` is that of the first correct hit, None without one."""

    class State(models.TextChoices):
        OPEN = "open", _("waiting")
        ASKED = "asked", _("asked")
        FAILED = "failed", _("failed")

    run = models.ForeignKey(QuestionRun, on_delete=models.CASCADE, related_name="results")
    question = models.ForeignKey(SetQuestion, null=True, on_delete=models.SET_NULL, related_name="+")
    text = models.TextField()
    documents = models.JSONField(default=list)
    chunks = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    rank = models.PositiveIntegerField(null=True, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ("pk",)
        indexes = [models.Index(fields=["run", "state"], name="result_by_state")]

    def __str__(self) -> str:
        return f"{self.text[:60]}: {self.state}"


class Trial(models.Model):
    """A scratch assistant in RAGFlow that exists while somebody tries settings that are not saved.

    The row is written before the assistant is created, which is found by its ``name``, and deleted after it. What is
    left at ``expires_at`` belongs to a process that died: the safety tick deletes both.
    """

    server = models.ForeignKey("dashboard.Server", on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=120, unique=True)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.name


class ChatQuestion(models.Model):
    """A question that somebody asked in a chat, with its answer, and what people think of it.

    Written when the question is asked here, and for other answers when one is rated. ``number`` counts the session's
    questions from 1. ``sources`` are objects with the keys id, document_id, document_name, dataset_id and cited.
    """

    class Status(models.TextChoices):
        ASKED = "asked", _("Being answered")
        ANSWERED = "done", _("Answered")
        FAILED = "failed", _("Failed")
        BROKEN = "broken", _("Cut off")
        STOPPED = "stopped", _("Stopped")
        LOST = "lost", _("Lost")

    server = models.ForeignKey("dashboard.Server", on_delete=models.CASCADE, related_name="+")
    assistant_id = models.CharField(max_length=64)
    session_id = models.CharField(max_length=64)
    number = models.PositiveIntegerField()
    turn_id = models.CharField(max_length=40, blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    username = models.CharField(max_length=150, blank=True)
    question = models.TextField()
    answer = models.TextField(blank=True)
    sources = models.JSONField(default=list)
    # The number of sources; None while it is being answered.
    found = models.PositiveIntegerField(null=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ASKED)
    took_seconds = models.FloatField(null=True)
    asked_at = models.DateTimeField()
    # None: nobody has rated it.
    good = models.BooleanField(null=True)
    comment = models.TextField(blank=True)
    rated_by = models.CharField(max_length=150, blank=True)
    rated_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=150, blank=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-asked_at", "-pk")
        constraints = [
            models.UniqueConstraint(fields=["server", "session_id", "number"], name="one_row_per_chat_question")
        ]
        indexes = [
            models.Index(fields=["server", "-asked_at"], name="chat_questions_lately"),
            models.Index(fields=["turn_id"], name="chat_question_of_a_turn"),
        ]

    def __str__(self) -> str:
        return self.question[:80]


class ComparisonVote(models.Model):
    """Which of two assistants answered a question better. The names are copied, because only RAGFlow knows them."""

    class Choice(models.TextChoices):
        A = "a", "A"
        B = "b", "B"
        TIE = "tie", _("Neither")

    server = models.ForeignKey("dashboard.Server", on_delete=models.CASCADE, related_name="+")
    assistant_a = models.CharField(max_length=64)
    assistant_b = models.CharField(max_length=64)
    name_a = models.CharField(max_length=255)
    name_b = models.CharField(max_length=255)
    question = models.TextField()
    choice = models.CharField(max_length=3, choices=Choice.choices)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    username = models.CharField(max_length=150)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-pk",)
        indexes = [models.Index(fields=["server", "assistant_a", "assistant_b"], name="votes_for_a_pair")]

    def __str__(self) -> str:
        return f"{self.name_a} / {self.name_b}: {self.choice}"
