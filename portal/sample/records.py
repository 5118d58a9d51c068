"""The shape of one record of the import file (contract section 11): names, order and CSV columns."""

ADDRESS_PARTS = ("formatted", "street_address", "locality", "region", "postal_code", "country")
CUSTOM_ATTRIBUTES = (
    "town",
    "employee_number",
    "level",
    "score",
    "country",
    "homepage",
    "contact_email",
    "contact_phone",
)
"""The demo's definitions: string, integer, enum, number, country code, URL, e-mail and phone number, in this order."""

LEVELS = ("junior", "senior", "lead")
ROLE_KEYS = ("admin", "editor", "viewer", "billing", "support")
GROUP_KEYS = ("engineering", "sales", "marketing", "finance", "people_ops")
UNKNOWN_KEY = "shoe_size"
"""What no record may have. As a CSV column it is empty in every row but the planted bad ones."""

FIELDS = (
    "preferred_username",
    "email",
    "phone_number",
    "email_verified",
    "phone_number_verified",
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    *(f"address.{part}" for part in ADDRESS_PARTS),
    *(f"custom_attributes.{name}" for name in CUSTOM_ATTRIBUTES),
    "roles",
    "groups",
    "disabled",
    "account_valid_from",
    "account_valid_until",
)
"""Every field a record of the sample may have, nested ones dotted, in the order of the export's columns."""

COLUMNS = (*FIELDS, UNKNOWN_KEY)
"""The CSV header of the sample."""
