"""The pages of roles and groups, which are alike: a list, and of each its settings, its users, and the other noun."""

from functools import partial

from django.urls import URLPattern, path

from portal.pages.keyed.detail import delete_page, settings_page
from portal.pages.keyed.lists import add_page, list_page
from portal.pages.keyed.noun import Keyed
from portal.pages.keyed.ties import add_ties_page, remove_ties_page, ties_page

__all__ = ["Keyed", "urls"]


def urls(noun: Keyed) -> list[URLPattern]:
    """The addresses of the noun's pages."""
    one = f"{noun.plural}/<str:id>"
    patterns = [
        path(noun.plural, partial(list_page, noun=noun), name=noun.plural),
        path(f"{noun.plural}/add", partial(add_page, noun=noun), name=f"{noun.plural}_add"),
        path(one, partial(settings_page, noun=noun), name=noun.singular),
        path(f"{one}/delete", partial(delete_page, noun=noun), name=f"{noun.singular}_delete"),
    ]
    for ties in (noun.users, noun.others):
        name = f"{noun.singular}_{ties.name}"
        patterns += [
            path(f"{one}/{ties.name}", partial(ties_page, noun=noun, ties=ties), name=name),
            path(f"{one}/{ties.name}/add", partial(add_ties_page, noun=noun, ties=ties), name=f"{name}_add"),
            path(f"{one}/{ties.name}/remove", partial(remove_ties_page, noun=noun, ties=ties), name=f"{name}_remove"),
        ]
    return patterns
