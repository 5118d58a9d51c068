"""The door of the directory's own users: what they see of their account. Administrators have ``portal.pages``."""
