"""Settings. Everything that differs between installations comes from the environment (docs/configuration.md)."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from whitenoise.compress import Compressor

from dashboard.core.rendering import static_files
from ragflow_admin import __version__, env, logs, release
from ragflow_admin.services import addresses

VERSION = __version__
BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = env.directory("VAR_DIR", BASE_DIR / "var")

DEBUG = env.boolean("DEBUG", default=False)
SECRET_KEY = env.secret_key("SECRET_KEY", VAR_DIR / "secret_key")
# Previous keys: what they signed or encrypted stays readable.
SECRET_KEY_FALLBACKS = env.names("SECRET_KEY_FALLBACKS", [])
HOST = env.text("HOST", "127.0.0.1")
PORT = env.integer("PORT", 8000, low=1, high=65535)
WEB_CONCURRENCY = env.integer("WEB_CONCURRENCY", 2, low=1, high=64)
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.origins("CSRF_TRUSTED_ORIGINS")
# The path prefix of links, static files and cookies if the site shares its host (ragflow_admin/wsgi.py).
SCRIPT_NAME = env.path_prefix("SCRIPT_NAME")
FORCE_SCRIPT_NAME = SCRIPT_NAME or None
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = f"{SCRIPT_NAME}/"

# The RAGFlow server that the first start sets up, and connection settings for all servers.
RAGFLOW_BASE_URL = env.address("RAGFLOW_BASE_URL", without="/api/v1")
RAGFLOW_API_KEY = env.text("RAGFLOW_API_KEY")
if RAGFLOW_BASE_URL and not RAGFLOW_API_KEY:
    raise ImproperlyConfigured("RAGFLOW_BASE_URL requires RAGFLOW_API_KEY. Create a key on RAGFlow's API page.")
RAGFLOW_VERIFY_TLS = env.boolean("RAGFLOW_VERIFY_TLS", default=True)
RAGFLOW_CA_BUNDLE = env.existing_file("RAGFLOW_CA_BUNDLE")
RAGFLOW_CONNECT_TIMEOUT = env.integer("RAGFLOW_CONNECT_TIMEOUT", 5, low=1, high=60)
RAGFLOW_READ_TIMEOUT = env.integer("RAGFLOW_READ_TIMEOUT", 25, low=1, high=600)
# Limits on a non-streaming response, so that none can block a worker or fill its memory.
RAGFLOW_ANSWER_TIMEOUT = env.integer("RAGFLOW_ANSWER_TIMEOUT", 60, low=1, high=3600)
RAGFLOW_JSON_MAX_MB = env.integer("RAGFLOW_JSON_MAX_MB", 64, low=1, high=4096)
RAGFLOW_TEXT_MAX_MB = env.integer("RAGFLOW_TEXT_MAX_MB", 8, low=1, high=4096)
# Seconds without progress after which a document counts as stalled.
PARSE_STALLED_SECONDS = env.integer("PARSE_STALLED_SECONDS", 600, low=5, high=86400)
# The largest upload. RAGFlow itself rejects more than 1 GiB by default, and parses at most 128 MiB.
UPLOAD_MAX_MB = env.integer("UPLOAD_MAX_MB", 1024, low=1, high=1024 * 1024)
# Retention periods in days; 0 keeps records for ever (dashboard/audit/retention.py).
KEEP_AUDIT_DAYS = env.days("KEEP_AUDIT_DAYS", 400)
KEEP_JOBS_DAYS = env.days("KEEP_JOBS_DAYS", 90)
KEEP_JOB_ITEMS_DAYS = env.days("KEEP_JOB_ITEMS_DAYS", 30)
KEEP_LOST_EDITS_DAYS = env.days("KEEP_LOST_EDITS_DAYS", 90)
KEEP_SIGN_INS_DAYS = env.days("KEEP_SIGN_INS_DAYS", 30)
KEEP_SESSIONS_DAYS = env.days("KEEP_SESSIONS_DAYS", 1)
# The keys of the built-in stand-in; without them `make run` generates one and keeps it.
STANDIN_API_KEYS = env.names("STANDIN_API_KEYS", [])
ADMIN_USERNAME = env.text("ADMIN_USERNAME", "admin")
ADMIN_PASSWORD = env.text("ADMIN_PASSWORD")
# Without any of these, whoever has the address that a start prints makes the first administrator in the browser.
FIRST_START = not (RAGFLOW_BASE_URL or env.text("ADMIN_USERNAME") or ADMIN_PASSWORD)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "template_partials",
    "csp",
    "axes",
    "dashboard",
    "ragflow_admin.standin",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "dashboard.core.web.middleware.PageCompression",
    "dashboard.core.web.middleware.RequestIdMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "dashboard.accounts.middleware.SignInMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "dashboard.core.web.middleware.ToastMiddleware",
    "dashboard.servers.middleware.ServerMiddleware",
    "dashboard.core.web.middleware.RagflowErrorMiddleware",
    "dashboard.core.web.middleware.OutageMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "ragflow_admin.urls"
WSGI_APPLICATION = "ragflow_admin.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["template_partials.templatetags.partials"],
            "libraries": {
                "datasets": "dashboard.datasets.tags",
                "form_fields": "dashboard.core.templatetags.form_fields",
                "servers": "dashboard.servers.tags",
                "ui": "dashboard.core.templatetags.ui",
            },
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dashboard.core.context.frame",
            ],
        },
    },
    # The repeated parts of pages, with the tag {% jinja %} (dashboard/core/rendering/jinja.py)
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {"environment": "dashboard.core.rendering.jinja.environment"},
    },
]

# Sessions are read for every request: from the cache, else from the database.
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_CACHE_ALIAS = "sessions"
# Seconds until a session ends after sign-in, and after its last use (dashboard/accounts/sessions.py).
SESSION_COOKIE_AGE = env.integer("SESSION_MAX_HOURS", 336, low=1, high=8760) * 3600
SESSION_IDLE_SECONDS = env.integer("SESSION_IDLE_MINUTES", 4320, low=1, high=525600) * 60

# Own database, cache, background work
DATABASES = {"default": addresses.database("DATABASE_URL", VAR_DIR / "db.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# One cache with two key prefixes: the default one differs by release, because objects are pickled. "shared" holds what
# releases that run side by side share, locks and sessions, as texts and numbers only.
_cache = addresses.cache("CACHE_URL", f"disk://{VAR_DIR / 'cache'}")
CACHES = {
    "default": _cache | {"VERSION": release.fingerprint()},
    "shared": _cache | {"VERSION": "shared"},
    # Seconds. Limits how long a session stays valid that could not be deleted while the cache was down: a user who
    # signed out during an outage would be signed in again.
    "sessions": _cache | {"VERSION": "shared", "OPTIONS": {"longest": 60}},
}

CELERY_BROKER_URL = addresses.broker("CELERY_BROKER_URL", "filesystem://localhost//")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
# The worker waits for a broker indefinitely; senders of messages get an error soon.
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_max": 0.2}
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celery-beat")
CELERY_BEAT_SCHEDULER = "ragflow_admin.patience:PatientScheduler"
CELERY_BROKER_TRANSPORT, CELERY_BROKER_TRANSPORT_OPTIONS = addresses.transport(CELERY_BROKER_URL, VAR_DIR / "queue")
# Whether we write into VAR_DIR at run time, so that a full disk is an outage (dashboard/core/web/outages.py).
DATA_ON_DISK = (
    "sqlite" in DATABASES["default"]["ENGINE"]
    or "disk" in _cache["BACKEND"].lower()
    or CELERY_BROKER_URL.startswith("filesystem://")
)
# The safety tick enqueues due rows every five seconds (dashboard/tasks.py). Work that starts sooner is enqueued
# directly (dashboard/jobs/leases.py, which has the same interval).
CELERY_BEAT_SCHEDULE = {
    "tick": {"task": "dashboard.tasks.tick", "schedule": 5.0, "options": {"expires": 5}},
    # At night in UTC; the next run makes up for a missed one.
    "prune": {
        "task": "dashboard.tasks.prune",
        "schedule": crontab(hour="3", minute="17"),
        "options": {"expires": 3600},
    },
}

# People
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}Validator"}
    for name in ("UserAttributeSimilarity", "MinimumLength", "CommonPassword", "NumericPassword")
]
LOGIN_URL = "accounts:sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "accounts:sign-in"
# The e-mail server for invitations and links for new passwords; without EMAIL_HOST none is sent.
EMAIL_HOST = env.text("EMAIL_HOST")
EMAIL_USE_TLS = env.boolean("EMAIL_USE_TLS", default=False)
EMAIL_USE_SSL = env.boolean("EMAIL_USE_SSL", default=False)
if EMAIL_USE_TLS and EMAIL_USE_SSL:
    raise ImproperlyConfigured("Set EMAIL_USE_TLS (STARTTLS) or EMAIL_USE_SSL (TLS from the start), not both.")
EMAIL_PORT = env.integer("EMAIL_PORT", 465 if EMAIL_USE_SSL else 587 if EMAIL_USE_TLS else 25, low=1, high=65535)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD")
EMAIL_TIMEOUT = env.integer("EMAIL_TIMEOUT", 10, low=1, high=120)
DEFAULT_FROM_EMAIL = env.text(
    "DEFAULT_FROM_EMAIL", EMAIL_HOST_USER if "@" in EMAIL_HOST_USER else "ragflow-admin@localhost"
)
# The number of failed sign-ins allowed within SIGN_IN_LOCK_MINUTES (dashboard/accounts/sign_in/guessing.py).
SIGN_IN_MAX_PER_PAIR = env.integer("SIGN_IN_MAX_PER_PAIR", 8, low=1, high=1000)
SIGN_IN_MAX_PER_ADDRESS = env.integer("SIGN_IN_MAX_PER_ADDRESS", 30, low=1, high=100_000)
SIGN_IN_MAX_PER_ACCOUNT = env.integer("SIGN_IN_MAX_PER_ACCOUNT", 30, low=1, high=100_000)
SIGN_IN_LOCK_MINUTES = env.integer("SIGN_IN_LOCK_MINUTES", 15, low=1, high=1440)
# Passwords that one web process checks in parallel; each occupies a core for a third of a second.
SIGN_IN_PARALLEL = env.integer("SIGN_IN_PARALLEL", 1, low=1, high=32)
PASSWORD_HASHERS = ["dashboard.accounts.sign_in.hashing.PBKDF2BesideTheLoop"]
AXES_HANDLER = "dashboard.accounts.sign_in.guessing.Handler"
AXES_FAILURE_LIMIT = 1  # one exceeded limit is enough
AXES_COOLOFF_TIME = timedelta(minutes=SIGN_IN_LOCK_MINUTES)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # else continued guessing would lock users out permanently
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]  # whose failures a successful sign-in resets
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "dashboard.accounts.views.locked_out"
AXES_ENABLE_ACCESS_FAILURE_LOG = False
AXES_CLIENT_IP_CALLABLE = "dashboard.accounts.sign_in.addresses.client_address"
AXES_SENSITIVE_PARAMETERS = ["carried", "csrfmiddlewaretoken"]  # never stored with the failures

# Security: strict by default. `make run` serves plain HTTP and therefore sets HTTPS_ONLY=false unless it is set.
HTTPS_ONLY = env.boolean("HTTPS_ONLY", default=not DEBUG)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS_ONLY
SECURE_HSTS_SECONDS = 31536000 if HTTPS_ONLY else 0
SECURE_REDIRECT_EXEMPT = [rf"^{re.escape(f'{SCRIPT_NAME}/'.lstrip('/'))}(health|ready)/$"]
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
# Only by our own pages: during uploads, other pages are shown in a frame over the uploading page
# (static/js/documents/page_overlay.js).
X_FRAME_OPTIONS = "SAMEORIGIN"
# Only behind a proxy that sets these headers itself, since clients could forge them.
BEHIND_PROXY = env.boolean("BEHIND_PROXY", default=False)
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "font-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-src": [SELF],
        "frame-ancestors": [SELF],
        "base-uri": [NONE],
    },
}
CSRF_FAILURE_VIEW = "dashboard.accounts.sign_in.out_of_date.csrf_failure"
# Documents never pass through Django's form parser: uploads are read as a raw stream (documents/uploads.py).
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# Language and time zone
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]  # the only language: in any other, only Django's own texts would be translated
USE_I18N = True
TIME_ZONE = env.time_zone("TIME_ZONE", "UTC")
USE_TZ = True

# Static files: ours, and folders of the packages of package.json
STATIC_URL = f"{SCRIPT_NAME}/static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(VAR_DIR / "static"))).resolve()
# Only `manage.py prepare` reads it. An image has collected before, and does not contain it.
NODE_MODULES = BASE_DIR / "node_modules"
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "dashboard.core.rendering.icon_finder.IconFinder",
]
STATICFILES_DIRS = static_files.folders(BASE_DIR / "static", NODE_MODULES)
STATIC_UNUSED = static_files.UNUSED
# Next to WhiteNoise's own list: what is compressed already, and what only developers' tools ask for.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = [*Compressor.SKIP_COMPRESS_EXTENSIONS, "bcmap", "map", "pfb", "ttf"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "dashboard.core.rendering.storage.StaticStorage"},
}

LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))
LOG_FORMAT = env.choice("LOG_FORMAT", "TEXT" if DEBUG else "JSON", ("TEXT", "JSON"))
LOGGING = logs.config(LOG_LEVEL, LOG_FORMAT)
