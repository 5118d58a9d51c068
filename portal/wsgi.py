"""The WSGI application: ``granian --interface wsgi portal.wsgi:application``."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
# A new connection for every request would cost more than most requests.
os.environ.setdefault("DATABASE_POOL_SIZE", "16")

application = get_wsgi_application()
