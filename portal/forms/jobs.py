"""The forms that ask for imports and exports."""

from django import forms

_FORMATS = [("csv", "CSV, for spreadsheets"), ("ndjson", "NDJSON: one JSON object a line, with every field")]


class ImportForm(forms.Form):
    """A file of people and how to read it. What the file holds is looked at by the job."""

    file = forms.FileField(
        label="File",
        help_text="CSV with a header, or NDJSON; in UTF-8.",
        widget=forms.FileInput({"accept": ".csv,.ndjson,.jsonl,text/csv"}),
        error_messages={"required": "Choose a file.", "empty": "This file is empty."},
    )
    identifier = forms.ChoiceField(
        label="People are recognized by",
        choices=[("email", "Email address"), ("phone_number", "Phone number"), ("preferred_username", "Username")],
    )
    upsert = forms.BooleanField(
        label="Change people who are there already", required=False, help_text="Otherwise their rows are skipped."
    )
    empty_is_null = forms.BooleanField(
        label="An empty cell removes the value",
        required=False,
        help_text="CSV only. Otherwise an empty cell keeps what is there.",
    )
    dry_run = forms.BooleanField(
        label="Dry run first",
        required=False,
        initial=True,
        help_text="Changes nothing and shows for every row what would change. Then import for real with one click.",
    )


class ExportForm(forms.Form):
    """The format of an export."""

    file_format = forms.ChoiceField(label="Format", choices=_FORMATS, initial="csv", widget=forms.RadioSelect)
