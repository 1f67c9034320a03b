"""RAGFlow servers."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.urls import get_script_prefix, reverse
from django.utils.translation import gettext_lazy as _


def _box() -> MultiFernet:
    """Encrypts with a key derived from SECRET_KEY; decrypts also with those of the fallbacks."""

    def fernet(secret: str) -> Fernet:
        derived = HKDF(hashes.SHA256(), 32, salt=None, info=b"ragflow-admin server key").derive(secret.encode())
        return Fernet(base64.urlsafe_b64encode(derived))

    return MultiFernet([fernet(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


class Server(models.Model):
    """A connection to RAGFlow: address and API key, which is stored encrypted and never shown.

    ``ca_file`` is the path of a file with the certificates that TLS trusts instead of the public ones; "" for those.
    ``from_environment``: the address is that of RAGFLOW_BASE_URL, so every start sets the connection again.
    ``position`` orders the list and the switcher.
    """

    name = models.CharField(_("name"), max_length=80)
    slug = models.SlugField(_("short name in addresses"), max_length=40, unique=True)
    base_url = models.URLField(_("address"), max_length=300)
    encrypted_api_key = models.BinaryField(editable=False)
    verify_tls = models.BooleanField(_("check the TLS certificate"), default=True)
    ca_file = models.CharField(_("file with certificates"), max_length=500, blank=True, default="", db_default="")
    is_default = models.BooleanField(_("default"), default=False)
    from_environment = models.BooleanField(default=False, db_default=False, editable=False)
    position = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("position", "name", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], condition=models.Q(is_default=True), name="one_default_server"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return self.url("overview:page")

    @property
    def api_key(self) -> str:
        """The API key in plain text, for the client only. Raises ImproperlyConfigured if SECRET_KEY has changed."""
        try:
            return _box().decrypt(bytes(self.encrypted_api_key)).decode()
        except InvalidToken as error:
            raise ImproperlyConfigured(
                f"The API key of server {self.name!r} cannot be decrypted: SECRET_KEY changed. Add the previous one to"
                " SECRET_KEY_FALLBACKS, or set RAGFLOW_API_KEY and restart."
            ) from error

    @api_key.setter
    def api_key(self, value: str) -> None:
        self.encrypted_api_key = _box().encrypt(value.encode())

    @property
    def verify(self) -> bool | str:
        """How TLS is verified, as the client takes it."""
        return (self.ca_file or True) if self.verify_tls else False

    @property
    def cache_key(self) -> str:
        """The prefix of this server's cache keys, which changes with its address and its key."""
        known = self.base_url.encode() + b" " + bytes(self.encrypted_api_key)
        return f"server:{self.pk}:{hashlib.sha256(known).hexdigest()[:8]}"

    def url(self, name: str, *args: Any) -> str:
        """The address of the page ``name`` (such as ``documents:list``) on this server."""
        return _address(name, (self.slug, *args), get_script_prefix())


@lru_cache(maxsize=2000)
def _address(name: str, arguments: tuple[Any, ...], script_prefix: str) -> str:
    """Cached ``reverse``: pages resolve dozens of addresses, mostly the same ones."""
    return reverse(name, args=arguments)
