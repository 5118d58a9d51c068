"""The forms of roles."""

from portal.forms.keyed import AddKeyedForm, KeyedForm


class RoleForm(KeyedForm):
    """Change a role."""


class AddRoleForm(AddKeyedForm):
    """Add a role."""
