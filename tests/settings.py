"""The product's settings, with the environment that tests run in."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

VAR_DIR = tempfile.mkdtemp(prefix="ragflow-admin-tests-")
atexit.register(shutil.rmtree, VAR_DIR, ignore_errors=True)
for name in (
    "RAGFLOW_BASE_URL",
    "RAGFLOW_API_KEY",
    "ADMIN_USERNAME",
    "ADMIN_PASSWORD",
    "CACHE_URL",
    "CELERY_BROKER_URL",
):
    os.environ.pop(name, None)
os.environ.update(
    VAR_DIR=VAR_DIR,
    HTTPS_ONLY="false",
    DEBUG="false",
    LOG_FORMAT="text",
    ALLOWED_HOSTS="testserver,localhost,127.0.0.1",
)

from ragflow_admin import settings as product  # noqa: E402  (the environment above decides what it says)

globals().update({name: getattr(product, name) for name in dir(product) if name.isupper()})

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    **product.STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
