"""Forms that change a row: what was seen of it when the form was made goes along."""

from typing import Any

from django import forms

_MISSING = "The form came without the version it was made from. Look at it again first: load the page anew."


class VersionedForm(forms.Form):
    """Refuses to be sent without ``version`` (``version_of`` the row): nothing is written over what nobody has seen.

    Whoever adds a row takes the field away.
    """

    version = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        # Said of the form as a whole: a hidden field has no place for what is wrong with it.
        data = super().clean() or self.cleaned_data
        if "version" in self.fields and not data.get("version"):
            self.add_error(None, _MISSING)
        return data
