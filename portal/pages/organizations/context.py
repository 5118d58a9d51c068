"""What the pages about one organization share: its head and its tabs."""

from dataclasses import dataclass
from typing import Any

from directory.actors import Actor
from directory.models import Organization
from directory.queries.organizations import usage_of_organizations
from portal.pages.attempts import capped


@dataclass(frozen=True, slots=True)
class Words:
    """The words that the shared templates ask for."""

    singular: str = "organization"
    plural: str = "organizations"
    icon: str = "building-2"
    url: str = "/organizations"


WORDS = Words()


def detail_context(actor: Actor, organization: Organization, tab: str) -> dict[str, Any]:
    """The head and the tabs: one statement."""
    used = usage_of_organizations(actor, [organization])[organization.id]
    base = f"{WORDS.url}/{organization.id}"
    tabs = [{"label": "Settings", "url": base, "count": None, "here": tab == "settings"}]
    for name in ("members", "roles", "groups"):
        if (count := getattr(used, name)) is not None:
            url = f"{base}/{name}"
            tabs.append({"label": name.title(), "url": url, "count": capped(count), "here": tab == name})
    return {
        "nav": "organizations",
        "noun": WORDS,
        "row": organization,
        "heading": organization.name,
        "tabs": tabs,
        "usage": used,
    }
