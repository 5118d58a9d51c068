"""The WSGI application: ``granian --interface wsgi portal.wsgi:application``."""

import os

from django.core.wsgi import get_wsgi_application
from granian.utils.proxies import wrap_wsgi_with_proxy_headers

from portal.metrics.shared import share

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
# A new connection for every request would cost more than most requests.
os.environ.setdefault("DATABASE_POOL_SIZE", "16")


def _application() -> object:
    """Django, behind the proxies that may say who the client is and whether it came by TLS. Nobody else is believed."""
    from django.conf import settings

    share(settings.METRICS_DIR)
    return wrap_wsgi_with_proxy_headers(get_wsgi_application(), settings.TRUSTED_PROXIES)


application = _application()
