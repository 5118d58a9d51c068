"""What every page says in HTTP: pages and fragments, success and refusal of a POST, links that keep a list's state."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from directory.errors import Cause, DirectoryError, NotFound
from portal.requests import PortalRequest


def is_fragment(request: PortalRequest) -> bool:
    """Whether htmx asks for a part of the page: not for boosted links, nor when the browser goes back in history."""
    return bool(request.htmx) and not request.htmx.boosted and not request.htmx.history_restore_request


def page(
    request: PortalRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    fragment: str | None = "list",
    status: int = 200,
) -> HttpResponse:
    """Render ``template``, or only its partial ``fragment`` when htmx asks for it.

    The partial is given when ``HX-Target`` is its name (``#list``) or absent. Any other target, such as ``#dialog``,
    gets the whole template, whose layout (``form_layout``) knows dialogs. ``fragment=None`` is always the whole.
    """
    asked = fragment is not None and is_fragment(request) and request.htmx.target in (fragment, None)
    response = render(request, f"{template}#{fragment}" if asked else template, dict(context or {}), status=status)
    patch_vary_headers(response, ("HX-Request", "HX-Target"))
    return response


def refused(request: PortalRequest, template: str, context: Mapping[str, Any] | None = None) -> HttpResponse:
    """The form again, with its values and what is wrong with them: status 422."""
    return page(request, template, context, fragment=None, status=422)


def done(request: PortalRequest, url: str, message: str = "") -> HttpResponse:
    """A POST that succeeded: ``message`` as a toast on the page at ``url``.

    A redirect; for htmx an empty 204 with ``HX-Redirect``, which closes the dialog by leaving the page.
    """
    if message:
        messages.success(request, message)
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)


def uuid_or_404(text: str) -> UUID:
    """The id in an address. Raises ``NotFound``: what cannot be an id names nothing."""
    try:
        return UUID(text)
    except (ValueError, AttributeError) as error:
        raise NotFound("There is nothing at this address.") from error


#: Parameters that say where in a list one is. They fall away as soon as the list itself becomes another.
CURSORS = ("cursor", "after", "before")


def url_with(request: PortalRequest, **changes: str | list[str] | None) -> str:
    """This page's address with other parameters: ``None`` or empty leaves one out, a list repeats it.

    Everything else is kept, except the cursor, which only a change of its own brings in.
    """
    query = request.GET.copy()
    for name in CURSORS:
        query.pop(name, None)
    for name, value in changes.items():
        if value:
            query.setlist(name, value if isinstance(value, list) else [value])
        else:
            query.pop(name, None)
    for name in [name for name, values in query.lists() if not any(values)]:
        del query[name]
    return f"{request.path}?{query.urlencode()}" if query else request.path


def form_errors_from(form: BaseForm, error: DirectoryError) -> None:
    """Put what an operation refused onto the form, so that the page shows it where it belongs.

    Each cause goes to the form's field with the cause's whole name (dots as underscores), else with its last part, else
    to the form as a whole; an error without causes goes to the form as a whole.
    """
    form.is_valid()  # an unbound or unchecked form has no place for errors yet
    for cause in error.causes:
        form.add_error(_field_of(form, cause), cause.message)
    if not error.causes:
        form.add_error(None, error.message)


def _field_of(form: BaseForm, cause: Cause) -> str | None:
    for name in (cause.field, cause.field.replace(".", "_"), cause.field.rpartition(".")[2]):
        if name in form.fields:
            return name
    return None
