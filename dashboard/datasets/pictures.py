"""The picture of a dataset: any common image, scaled down for RAGFlow (contract §7.1)."""

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
    "unreadable": _lazy("This file can't be read. Choose a PNG, JPEG, WebP or GIF file."),
    "pixels": _lazy("The picture has more than 40 million pixels. Scale it down first."),
    "detailed": _lazy("This picture can't be scaled down enough. Choose a simpler one."),
}


def small(content: bytes) -> str:
    """The image as a square data URL that RAGFlow accepts (see ``shrinking.small``). Raises ValidationError."""
    try:
        address: str = runner.run("dashboard.datasets.shrinking:small", content, limit=LIMIT)
    except Refused as refusal:
        raise ValidationError(_REFUSALS[refusal.reason]) from refusal
    except runner.Busy as error:
        raise ValidationError(_("Other pictures are being processed. Try again in a moment.")) from error
    except runner.GaveUp as error:
        raise ValidationError(_("This picture takes too long to process. Scale it down first.")) from error
    return address


def is_sendable(avatar: str) -> bool:
    """Whether RAGFlow would accept this avatar. One stored by an old release may have another format."""
    return avatar.startswith(SENDABLE) and len(avatar) <= LIMIT


class PictureForm(forms.Form):
    """The form of the picture: a file, or the one chosen before (``picture``) while other fields have errors."""

    picture_file = forms.FileField(
        label=_lazy("Picture"),
        required=False,
        allow_empty_file=True,
        help_text=_lazy("PNG, JPEG, WebP or GIF, up to 10 MB. It is cropped to a square and scaled down."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp,image/gif"}),
    )
    picture = forms.CharField(required=False, max_length=LIMIT, widget=forms.HiddenInput)
    remove_picture = forms.BooleanField(label=_lazy("Remove the picture"), required=False)

    def clean_picture_file(self) -> str:
        upload = self.cleaned_data["picture_file"]
        if upload is None:
            return ""
        if (upload.size or 0) > FILE_BYTES:
            raise ValidationError(_("The file is larger than 10 MB."))
        return small(upload.read())

    def clean_picture(self) -> str:
        chosen: str = self.cleaned_data["picture"]
        if not chosen:
            return ""
        try:
            content = base64.b64decode(chosen.partition(",")[2], validate=True)
        except (binascii.Error, ValueError) as error:
            raise ValidationError(_("Choose the file again.")) from error
        smaller = small(content)
        return chosen if is_sendable(chosen) else smaller

    @property
    def chosen(self) -> str:
        """The new picture as a data URL; "" if none was chosen or it can't be used."""
        given = self.cleaned_data if self.is_bound and self.errors is not None else self.initial
        return given.get("picture_file") or given.get("picture") or ""

    @property
    def wanted(self) -> str | None:
        """What to store: a data URL, "" to remove the picture, None to leave it unchanged."""
        if self.chosen:
            return self.chosen
        return "" if self.cleaned_data.get("remove_picture") else None
