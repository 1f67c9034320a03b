"""The product's settings, with the environment that tests run in."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

VAR_DIR = tempfile.mkdtemp(prefix="ragflow-admin-tests-")
atexit.register(shutil.rmtree, VAR_DIR, ignore_errors=True)
# What the developer's own shell says must not change what is tested.
for name in (
    "RAGFLOW_BASE_URL",
    "RAGFLOW_API_KEY",
    "ADMIN_USERNAME",
    "ADMIN_PASSWORD",
    "DATABASE_URL",
    "CACHE_URL",
    "CELERY_BROKER_URL",
    "SECRET_KEY",
):
    os.environ.pop(name, None)
    os.environ.pop(f"{name}_FILE", None)
# Tests run on several processes: each has a database of Redis to itself, as pytest-django gives it one of PostgreSQL.
worker = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
if worker and "REDIS_URL" in os.environ:
    os.environ["REDIS_URL"] = f"{os.environ['REDIS_URL'].rsplit('/', 1)[0]}/{worker}"
# `make test` runs what reads and writes our own database a second time, on the servers of production.
if os.environ.get("TESTS_ON_SERVERS"):
    os.environ["DATABASE_URL"] = os.environ["POSTGRES_URL"]
    os.environ["CACHE_URL"] = os.environ["REDIS_URL"]
    os.environ["CELERY_BROKER_URL"] = os.environ["REDIS_URL"]
os.environ.update(
    VAR_DIR=VAR_DIR,
    HTTPS_ONLY="false",
    DEBUG="false",
    LOG_FORMAT="text",
    ALLOWED_HOSTS="testserver,localhost,127.0.0.1",
)

from ragflow_admin import settings as product  # noqa: E402  (the environment above decides what it says)

globals().update({name: getattr(product, name) for name in dir(product) if name.isupper()})

# A file, as in the product: of a database in memory, a writer locks readers out at once instead of letting them wait.
if "sqlite" in product.DATABASES["default"]["ENGINE"]:
    DATABASES = {"default": {**product.DATABASES["default"], "TEST": {"NAME": f"{VAR_DIR}/test.sqlite3"}}}
    # Nobody needs it after a power cut.
    options = DATABASES["default"].get("OPTIONS", {})
    begin = f"{options.get('init_command', '')};PRAGMA synchronous=OFF"
    DATABASES["default"]["OPTIONS"] = {**options, "init_command": begin.lstrip(";")}
# Its tests turn it on.
FIRST_START = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    **product.STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
product.STATIC_ROOT.mkdir(exist_ok=True)
