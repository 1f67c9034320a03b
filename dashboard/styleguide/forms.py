"""A form with one field of each kind."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class ExampleForm(forms.Form):
    """The example form, which is never saved."""

    name = forms.CharField(label=_("Name"), max_length=128)
    model = forms.ChoiceField(
        label=_("Embedding model"),
        choices=[("bge-m3", "bge-m3"), ("small", "text-embed-3-small")],
        help_text=_("Fixed while the dataset has chunks."),
    )
    description = forms.CharField(label=_("Description"), required=False, widget=forms.Textarea(attrs={"rows": 2}))
    method = forms.ChoiceField(
        label=_("Chunk method"),
        choices=[("naive", _("General")), ("manual", _("Manual")), ("laws", _("Laws"))],
        widget=forms.RadioSelect,
    )
    chunk_size = forms.IntegerField(
        label=_("Chunk size"),
        min_value=1,
        max_value=2048,
        help_text=_("Larger chunks give more context, smaller ones more precise matches."),
    )
    datasets = forms.MultipleChoiceField(
        label=_("Datasets"),
        choices=[("1", "Company handbook"), ("2", "Contracts and tenders"), ("3", "Facilities FAQ")],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("The assistant answers from these datasets."),
    )
    html_tables = forms.BooleanField(
        label=_("Excel sheets as HTML tables"), required=False, help_text=_("Repeats the header with every row.")
    )
