"""Every setting, from the environment, in one file. Production refuses to start half configured."""

import os
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from portal import kept_secrets
from portal.database import database_from_environment
from portal.email_url import email_transport

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("PORTAL_DATA") or BASE_DIR / "var").absolute()
PORTAL_ENV = os.environ.get("PORTAL_ENV", "development")
if PORTAL_ENV not in ("development", "production"):
    raise ImproperlyConfigured(f"PORTAL_ENV is {PORTAL_ENV!r}: it must be 'development' or 'production'.")
PRODUCTION = PORTAL_ENV == "production"
#: What ``manage.py demo`` has made for this data directory. Production takes nothing from there.
KEPT_SECRETS = {} if PRODUCTION else kept_secrets.kept(DATA_DIR)


def _required(name: str, default: str) -> str:
    """The environment's value; outside production a kept secret or the default will do."""
    value = os.environ.get(name, "") or KEPT_SECRETS.get(name, "")
    if value:
        return value
    if PRODUCTION:
        raise ImproperlyConfigured(f"{name} must be set in production.")
    return default


def _list(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


def _whole(name: str, default: int, least: int, most: int) -> int:
    """A whole number within bounds; the default when the environment has none."""
    text = os.environ.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise ImproperlyConfigured(f"{name} must be a whole number from {least:,} to {most:,}.")
    return int(text)


def _networks(name: str, default: str) -> list[IPv4Network | IPv6Network]:
    """Addresses and networks, separated by commas."""
    try:
        return [ip_network(part) for part in _list(os.environ.get(name, default))]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be addresses or networks, separated by commas.") from error


DEVELOPMENT_SECRET = "development-only-secret-key-that-production-refuses-to-start-with"
SECRET_KEY = _required("SECRET_KEY", DEVELOPMENT_SECRET)
if PRODUCTION and (SECRET_KEY == DEVELOPMENT_SECRET or len(SECRET_KEY) < 50):
    raise ImproperlyConfigured("SECRET_KEY must be a secret of your own, at least 50 characters long.")
DEBUG = os.environ.get("DEBUG", "") not in ("", "0", "false")
if PRODUCTION and DEBUG:
    raise ImproperlyConfigured("DEBUG must not be on in production.")

PORTAL_URL = _required("PORTAL_URL", "http://localhost:8000").rstrip("/")
ALLOWED_HOSTS = _list(_required("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]"))
if PRODUCTION and "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS must name the hosts of this portal, not '*'.")
if PRODUCTION and not PORTAL_URL.startswith("https://"):
    raise ImproperlyConfigured("PORTAL_URL must begin with https:// in production.")
#: Addresses and networks whose X-Forwarded-For and X-Forwarded-Proto are believed; nobody else's are.
TRUSTED_PROXIES = _list(os.environ.get("TRUSTED_PROXIES", "127.0.0.1,::1"))
#: Who may read /metrics: whoever has the token, and whoever comes from one of these addresses and networks.
METRICS_TOKEN = os.environ.get("METRICS_TOKEN", "")
if PRODUCTION and METRICS_TOKEN and len(METRICS_TOKEN) < 20:
    raise ImproperlyConfigured("METRICS_TOKEN must be at least 20 characters long.")
METRICS_NETWORKS = _networks("METRICS_NETWORKS", "" if PRODUCTION else "127.0.0.1,::1")
#: Where the web processes of this machine add up what they count; in memory (/dev/shm) it is quickest.
METRICS_DIR = Path(os.environ.get("METRICS_DIR") or DATA_DIR / "metrics").absolute()
CSRF_TRUSTED_ORIGINS = [PORTAL_URL] if PRODUCTION else []

#: Comma-separated ``id:base64`` of 32 bytes each. The first encrypts, all decrypt.
FIELD_ENCRYPTION_KEYS = _list(
    _required("FIELD_ENCRYPTION_KEYS", "development:ZGV2ZWxvcG1lbnQtb25seS1lbmNyeXB0aW9uLWtleSE=")
)

#: How failed sign-ins of users are counted: "per_user_per_ip", "per_user", or "" for not at all. Only by the first can
#: strangers not keep somebody out.
ACCOUNT_LOCKOUT = os.environ.get("ACCOUNT_LOCKOUT", "per_user_per_ip")
if ACCOUNT_LOCKOUT not in ("", "per_user", "per_user_per_ip"):
    raise ImproperlyConfigured("ACCOUNT_LOCKOUT is per_user_per_ip, per_user or empty.")
#: For how many days a deleted user can be restored; 0 keeps nothing.
DELETED_USERS_KEPT_DAYS = _whole("DELETED_USERS_KEPT_DAYS", 30, 0, 3650)
#: Whether the audit log forgets who a deleted user was when that time is over. By hand it can be told to at once.
ERASE_ENTRIES_OF_EXPIRED_USERS = os.environ.get("ERASE_ENTRIES_OF_EXPIRED_USERS", "off") == "on"

DATABASES = {"default": database_from_environment(os.environ, DATA_DIR)}
#: Connections a web process keeps, one for each of its threads (portal/wsgi.py sets it); 0 opens one when needed.
DATABASE_POOL_SIZE = int(os.environ.get("DATABASE_POOL_SIZE", "0"))
if DATABASE_POOL_SIZE:
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": DATABASE_POOL_SIZE, "timeout": 5}
if "PORTAL_TEST_DATABASE" in os.environ:
    DATABASES["default"]["TEST"] = {"NAME": os.environ["PORTAL_TEST_DATABASE"]}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django_htmx",
    "template_partials",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "guardian",
    "procrastinate.contrib.django",
    "directory.apps.DirectoryConfig",
    "portal",
]

MIDDLEWARE = [
    "portal.middleware.requests.RequestMiddleware",
    "portal.middleware.observing.ObservingMiddleware",
    "portal.middleware.headers.SecurityHeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "portal.middleware.secret_addresses.SecretAddressMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.middleware.errors.ErrorsMiddleware",
    "portal.middleware.administrators.AdministratorMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context_processors.page",
            ],
        },
    }
]

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
# Outside production nothing is collected: files are served from where they lie.
STATIC_ROOT = BASE_DIR / "staticfiles" if PRODUCTION else None
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION

# Counters of the rate limits must be right with several processes: they live in the database.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "portal_cache",
        # Past this many rows the expired ones are cleared; Django's 300 would drop live counters.
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}

AUTH_USER_MODEL = "directory.Administrator"
AUTHENTICATION_BACKENDS = ["portal.authentication.AdministratorBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
#: What a user's password must be (``directory.values.password_policy``): Authgear's default.
USER_PASSWORD_POLICY = {
    "min_length": _whole("PASSWORD_MIN_LENGTH", 8, 1, 128),
    "required": frozenset(_list(os.environ.get("PASSWORD_REQUIRED", ""))),
    "excluded_keywords": tuple(_list(os.environ.get("PASSWORD_EXCLUDED_KEYWORDS", ""))),
    "exclude_common": os.environ.get("PASSWORD_EXCLUDE_COMMON", "off") == "on",
    "history_size": _whole("PASSWORD_HISTORY_SIZE", 0, 0, 50),
    "expiry_days": _whole("PASSWORD_EXPIRY_DAYS", 0, 0, 3650),
}
#: How a user may prove who they are first: password, oob_otp_email, oob_otp_sms.
USER_PRIMARY_AUTHENTICATORS = frozenset(_list(os.environ.get("PRIMARY_AUTHENTICATORS", "password")))
#: Whether users can ask for a link to choose another password, and where it leads: the token is put behind it.
FORGOT_PASSWORD = os.environ.get("FORGOT_PASSWORD", "on") != "off"
RESET_PASSWORD_URL = os.environ.get("RESET_PASSWORD_URL") or f"{PORTAL_URL}/account/reset-password"
# guardian would otherwise add a row of its own to the administrators.
ANONYMOUS_USER_NAME = None
#: Rights are read by directory.permissions, not by an authentication backend; e-mail addresses are unique without case,
#: by a constraint on lower(email) that the check does not see.
SILENCED_SYSTEM_CHECKS = ["guardian.W001", "auth.W004"]

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
CSRF_FAILURE_VIEW = "portal.pages.errors.csrf_failure"
ACCOUNT_ADAPTER = "portal.account_adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGIN_TIMEOUT = 10 * 60
#: "login_failed" counts wrong passwords, "second_factor" wrong codes; successes give their count back. "login" and
#: "reauthenticate" count every try and only bound the work of hashing.
ACCOUNT_RATE_LIMITS = {
    "login": "1000/5m/ip",
    "reauthenticate": "60/5m/user",
    "login_failed": "10/5m/ip,10/5m/key",
    "login_failed_anywhere": "1000/5m/key",
    "second_factor": "5/5m/key,20/h/key,50/d/key",
    "change_password": "10/5m/user",
    "invitation": "30/5m/ip",
    "administrator_address": "10/5m/key,50/d/key",
    "users_reset_password": "30/5m/ip",
    "passkey": "20/5m/ip",
}
MFA_ADAPTER = "portal.mfa_adapter.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Directory Portal"
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODE_COUNT = 10
MFA_RECOVERY_CODE_DIGITS = 10

SESSION_ENGINE = "portal.sessions"
SESSION_COOKIE_NAME = "__Host-session" if PRODUCTION else "session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_NAME = "__Host-csrf" if PRODUCTION else "csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_SAMESITE = "Lax"
#: Limits of an administrator's session, in seconds.
SESSION_IDLE_LIMIT = 30 * 60
SESSION_ABSOLUTE_LIMIT = 12 * 60 * 60
SESSION_COOKIE_AGE = SESSION_ABSOLUTE_LIMIT
#: How long a proof of identity counts as fresh, in seconds.
REAUTHENTICATION_LIMIT = 10 * 60
ACCOUNT_REAUTHENTICATION_TIMEOUT = REAUTHENTICATION_LIMIT

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if PRODUCTION:
    SECURE_SSL_REDIRECT = True
    #: What machines ask, from beside the portal and without TLS.
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True

#: The queue that wakes the workers. What a job is and how far it came is in the directory's own table of jobs.
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = ""
PROCRASTINATE_IMPORT_PATHS = ["portal.jobs.tasks"]
#: Uploads and results of jobs; all hosts that run web servers or workers must share it. Hours until they are removed:
#: uploads and dry runs a day, exports and results of imports as long as set here.
JOB_FILES = Path(os.environ.get("JOB_FILES") or DATA_DIR / "jobs").absolute()
JOB_FILES_HOURS = _whole("JOB_FILES_HOURS", 24, 1, 24 * 7)
JOBS_KEPT_DAYS = _whole("JOBS_KEPT_DAYS", 30, 1, 3650)
IMPORT_MAX_MEGABYTES = _whole("IMPORT_MAX_MEGABYTES", 500, 1, 100_000)
#: Months after which entries of the audit log may be dropped, a month at a time; empty keeps them for good.
AUDIT_RETENTION = _whole("AUDIT_RETENTION", 0, 1, 1200) or None

#: Where messages go. Outside production they become files; with ``OUTBOX=off`` they wait: for a restored copy
#: of a database, which must not write to anybody.
EMAIL_URL = os.environ.get("EMAIL_URL") or ("" if PRODUCTION else "file:")
EMAIL_TRANSPORT = email_transport(EMAIL_URL)
EMAIL_FROM = os.environ.get("EMAIL_FROM") or f"directory-portal@{urlsplit(PORTAL_URL).hostname}"
SMS_SENDER = os.environ.get("SMS_SENDER") or ("" if PRODUCTION else "portal.outbox.files.write_sms")
OUTBOX_DIR = DATA_DIR / "outbox"
OUTBOX_ENABLED = os.environ.get("OUTBOX", "on") != "off"
MESSAGES_KEPT_DAYS = _whole("MESSAGES_KEPT_DAYS", 90, 1, 3650)

DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000

#: A line for each request and each job; elsewhere than in production only when asked for.
ACCESS_LOG = os.environ.get("ACCESS_LOG", "on" if PRODUCTION else "off") != "off"
#: All of it goes through one handler: Django's own would print query strings, and texts of exceptions.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "portal.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO"},
        "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
        "portal.access": {"level": "INFO" if ACCESS_LOG else "WARNING"},
        "portal.jobs": {"level": "INFO" if ACCESS_LOG else "WARNING"},
    },
}
