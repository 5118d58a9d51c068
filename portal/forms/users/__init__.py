"""The forms of users' pages, by verb."""
