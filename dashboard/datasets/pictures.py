"""The picture of a dataset: any image that people have, made small enough for RAGFlow (contract §7.1)."""

from __future__ import annotations

import base64
import binascii

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from dashboard.sandbox import runner
from dashboard.sandbox.refusal import Refused

LIMIT = 65535  # characters of the whole data address
FILE_BYTES = 10 * 1024 * 1024
SENDABLE = ("data:image/png;base64,", "data:image/jpeg;base64,")
_REFUSALS = {
    "unreadable": _lazy("Picture: choose a PNG, JPEG, WebP or GIF file; this one cannot be read."),
    "pixels": _lazy("Picture: at most 40 million pixels. Make it smaller first."),
    "detailed": _lazy("Picture: this one cannot be made small enough. Choose a simpler one."),
}


def small(content: bytes) -> str:
    """The image as a square data address that RAGFlow takes (see ``shrinking.small``). Raises ValidationError."""
    try:
        address: str = runner.run("dashboard.datasets.shrinking:small", content, limit=LIMIT)
    except Refused as refusal:
        raise ValidationError(_REFUSALS[refusal.reason]) from refusal
    except runner.Busy as error:
        raise ValidationError(_("Picture: several are being read right now. Try again in a moment.")) from error
    except runner.GaveUp as error:
        raise ValidationError(_("Picture: this one takes too long to read. Make it smaller first.")) from error
    return address


def is_sendable(avatar: str) -> bool:
    """Whether RAGFlow would take this avatar: one that it stored long ago may be of another kind."""
    return avatar.startswith(SENDABLE) and len(avatar) <= LIMIT


class PictureForm(forms.Form):
    """A file to upload, or a picture chosen a moment ago (``picture``), which outlives an error elsewhere."""

    picture_file = forms.FileField(
        label=_lazy("Picture"),
        required=False,
        allow_empty_file=True,
        help_text=_lazy("PNG, JPEG, WebP or GIF, up to 10 MB. It is cut to a square and made small."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp,image/gif"}),
    )
    picture = forms.CharField(required=False, max_length=LIMIT, widget=forms.HiddenInput)
    remove_picture = forms.BooleanField(label=_lazy("Remove the picture"), required=False)

    def clean_picture_file(self) -> str:
        upload = self.cleaned_data["picture_file"]
        if upload is None:
            return ""
        if (upload.size or 0) > FILE_BYTES:
            raise ValidationError(_("Picture: at most 10 MB."))
        return small(upload.read())

    def clean_picture(self) -> str:
        chosen: str = self.cleaned_data["picture"]
        if not chosen:
            return ""
        try:
            content = base64.b64decode(chosen.partition(",")[2], validate=True)
        except (binascii.Error, ValueError) as error:
            raise ValidationError(_("Picture: choose the file again.")) from error
        smaller = small(content)
        return chosen if is_sendable(chosen) else smaller

    @property
    def chosen(self) -> str:
        """The new picture as a data address, "" when none was chosen or it cannot be used."""
        given = self.cleaned_data if self.is_bound and self.errors is not None else self.initial
        return given.get("picture_file") or given.get("picture") or ""

    @property
    def wanted(self) -> str | None:
        """What to store: a data address, "" to remove the picture, None to leave it as it is."""
        if self.chosen:
            return self.chosen
        return "" if self.cleaned_data.get("remove_picture") else None
