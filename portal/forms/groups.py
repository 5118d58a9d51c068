"""The forms of groups."""

from portal.forms.keyed import AddKeyedForm, KeyedForm


class GroupForm(KeyedForm):
    """Change a group."""


class AddGroupForm(AddKeyedForm):
    """Add a group."""
