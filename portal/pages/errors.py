"""What a page answers when it cannot answer: a page of its own, or for htmx a toast and nothing to swap in."""

import json

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

_TEXTS = {
    400: "The request could not be understood.",
    403: "You may not do this.",
    404: "There is nothing at this address, or it is out of your reach.",
    409: "Somebody else changed this in the meantime.",
    500: "Something went wrong on our side. Nothing was changed.",
}
#: Statuses without a page of their own are shown on this one.
_TEMPLATES = {409: "errors/409.html"}


def refusal(request: HttpRequest, status: int, message: str = "") -> HttpResponse:
    """The error page of ``status``; for htmx an empty body and the message as a toast."""
    text = message or _TEXTS[status]
    if request.headers.get("HX-Request") == "true":
        toast = {"toast": {"level": "error", "text": text}}
        return HttpResponse(status=status, headers={"HX-Trigger": json.dumps(toast), "HX-Reswap": "none"})
    context = {"message": message, "request_id": getattr(request, "request_id", "")}
    return render(request, _TEMPLATES.get(status, f"errors/{status}.html"), context, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400."""
    del exception
    return refusal(request, 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler403."""
    del exception
    return refusal(request, 403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404."""
    del exception
    return refusal(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500: must not itself depend on anything that may just have failed."""
    return refusal(request, 500)


def csrf_failure(request: HttpRequest, **_: object) -> HttpResponse:
    """Django's ``CSRF_FAILURE_VIEW``. The reason is in the log, which Django writes; it is not shown."""
    if request.headers.get("HX-Request") == "true":
        return refusal(request, 403, "This page was open too long. Load it again.")
    return render(request, "errors/csrf.html", {"request_id": getattr(request, "request_id", "")}, status=403)
