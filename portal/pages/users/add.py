"""Adding a user."""

from django.http import HttpResponse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from directory.errors import Conflict, Invalid
from directory.operations.users import create_user
from directory.permissions import Permission, require
from portal.forms.users.add import AddUserForm
from portal.pages.http import done, page, refused
from portal.pages.users.refusals import show_refusal
from portal.requests import PortalRequest

TEMPLATE = "users/add.html"


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: PortalRequest) -> HttpResponse:
    """Add a user with a first login ID, then go to their page."""
    form = AddUserForm(request.POST or None)
    gives_password = request.actor.may(Permission.USERS_CREDENTIALS)
    context = {"form": form, "back_url": "/users", "nav": "users", "gives_password": gives_password}
    if request.method != "POST":
        require(request.actor, Permission.USERS_CREATE)
        return page(request, TEMPLATE, context, fragment=None)
    if form.is_valid():
        try:
            user = create_user(actor=request.actor, **form.arguments())
        except (Invalid, Conflict) as error:
            show_refusal(form, error)
        else:
            return done(request, f"/users/{user.pk}", "The user is added.")
    require(request.actor, Permission.USERS_CREATE)
    return refused(request, TEMPLATE, context)
