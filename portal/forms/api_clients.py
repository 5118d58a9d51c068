"""The forms of API clients: names, scopes, keys."""

from collections.abc import Collection
from typing import Any

from django import forms

from directory.actors import Actor
from directory.key_pairs import ALGORITHMS
from directory.models import Organization
from directory.operations.api_clients import DEFAULT_ALGORITHM, NAME_MAX_LENGTH
from directory.permissions import Permission
from directory.queries.choices import Choices
from portal.forms.keyed import OrganizationInput
from portal.forms.versions import VersionedForm


class NameForm(VersionedForm):
    """Rename."""

    name = forms.CharField(
        max_length=NAME_MAX_LENGTH,
        widget=forms.TextInput({"autocomplete": "off"}),
        help_text="Which of your back-ends this is, for people.",
    )


class ScopesForm(VersionedForm):
    """What a client may do. Offered is what the viewer can give, and what the client has already."""

    scopes = forms.MultipleChoiceField(
        choices=[(permission.value, permission.label) for permission in Permission],
        error_messages={"required": "Choose at least one permission."},
        label="May",
    )

    def __init__(self, *args: Any, actor: Actor, held: Collection[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offered = [p for p in Permission if p.value in held or actor.may_somewhere(p)]

    @property
    def scope_groups(self) -> list[dict[str, Any]]:
        """What is offered, noun by noun, with what is ticked."""
        ticked = set(self["scopes"].value() or ())
        groups: dict[str, list[dict[str, Any]]] = {}
        for permission in self._offered:
            noun = permission.value.partition(".")[0]
            row = {"value": permission.value, "label": permission.label, "checked": permission.value in ticked}
            groups.setdefault(noun, []).append(row)
        return [{"id": noun, "label": noun_words(noun), "rows": rows} for noun, rows in groups.items()]


class KeyForm(forms.Form):
    """A new key."""

    algorithm = forms.ChoiceField(choices=list(ALGORITHMS.items()), initial=DEFAULT_ALGORITHM, label="Kind of key")
    keep_former = forms.BooleanField(
        required=False,
        label="Keep the present keys working",
        help_text="Until you revoke them. Otherwise they stop working at once.",
    )


class AddAPIClientForm(ScopesForm, NameForm):
    """A new client with its first key."""

    organization = forms.CharField(required=False)
    algorithm = forms.ChoiceField(choices=list(ALGORITHMS.items()), initial=DEFAULT_ALGORITHM, label="Kind of key")

    def __init__(self, *args: Any, organizations: Choices[Organization], everywhere: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["version"]
        field = self.fields["organization"]
        field.required = not everywhere
        field.help_text = "Confined to an organization, the client reaches nothing outside it."
        if organizations.more:
            field.widget = OrganizationInput(organizations.rows, Permission.API_CLIENTS_MANAGE.value)
        elif organizations.rows:
            nothing = [("", "None: the whole directory")] if everywhere else []
            field.widget = forms.Select(choices=[*nothing, *((row.slug, row.name) for row in organizations.rows)])
        else:
            del self.fields["organization"]


def noun_words(noun: str) -> str:
    """``api_clients`` as a heading."""
    words = noun.replace("_", " ").replace("api ", "API ")
    return words[:1].upper() + words[1:]
