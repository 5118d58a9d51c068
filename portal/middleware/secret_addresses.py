"""Addresses that are secrets themselves: pages for users of the directory, who come by a link and sign in nowhere."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

_RESET_PASSWORD = "/account/reset-password"


def is_secret(path: str) -> bool:
    """Whether a path of this portal may hold a token. No administrator's session counts there."""
    return path == _RESET_PASSWORD or path.startswith(f"{_RESET_PASSWORD}/")


class SecretAddressMiddleware:
    """Lets no browser pass such an address on, whatever the answer is. Stands before the check against forged requests.

    A page that names no referrer sends ``Origin: null`` with its own form (Fetch, "append a request Origin header"),
    which Django's check always refuses. It is taken for the portal's own unless the browser says that it is another
    site's; the check's token must fit all the same.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_secret(request.path_info):
            return self.get_response(request)
        site = request.META.get("HTTP_SEC_FETCH_SITE", "same-origin")
        if request.META.get("HTTP_ORIGIN") == "null" and site == "same-origin":
            request.META["HTTP_ORIGIN"] = f"{request.scheme}://{request.get_host()}"
        response = self.get_response(request)
        response["Referrer-Policy"] = "no-referrer"
        response["Cache-Control"] = "no-store"
        return response
