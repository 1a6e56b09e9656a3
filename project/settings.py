"""Settings, from the environment (see .env.example, which explains each one)."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

# The demo and the tests need no environment: they are on loopback, with data of their own.
TESTING = "pytest" in sys.modules
DEMO = env.bool("DEMO", False) or "demo" in sys.argv[1:2]
DEBUG = env.bool("DEBUG", False)
TRYING = TESTING or DEMO or DEBUG


def required(name: str, why: str) -> str:
    """A setting that has no safe default; the start fails naming it, not the first use."""
    value = env.str(name, "")
    if value:
        return value
    if TRYING or {"makemigrations", "collectstatic", "help", "--help", "-h"} & set(sys.argv[1:]):
        return ""
    raise ImproperlyConfigured(f"{name} is not set. {why} Set it in the environment or in .env (see .env.example).")


def key_for_trying() -> str:
    """A secret key kept beside the demo's database, so that its processes share one."""
    path = DATA_DIR / "demo-secret-key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(get_random_secret_key())
        path.chmod(0o600)
    return path.read_text()


DATA_DIR = Path(env.str("DATA_DIR", str(BASE_DIR / "data")))
SECRET_KEY = required("SECRET_KEY", "It signs sessions and protects stored secrets: use 50 random characters.") or (
    "a-key-for-the-tests-only" if TESTING else key_for_trying()
)
# Encrypts stored secrets (Salesforce's tokens and keys). Newest first; older ones still decrypt.
SECRETS_KEYS = env.list("SECRETS_KEYS", default=[]) or [SECRET_KEY]
# Hashes Web Connector passwords; apart from SECRET_KEY, so that either can be changed alone.
QBWC_PASSWORD_KEY = (
    required("QBWC_PASSWORD_KEY", "It hashes the Web Connector's passwords: use 50 random characters of its own.")
    or SECRET_KEY
)
# Hashes the API's tokens; whoever changes it must give every program a new one.
API_TOKEN_KEY = env.str("API_TOKEN_KEY", "") or QBWC_PASSWORD_KEY
# Bytes of one request to the API, and of one uploaded file.
API_BODY_BYTES = env.int("API_BODY_BYTES", 32 * 1024 * 1024)
# Signs what webhooks are told, so that the receiver knows that it is from us; without it there are no webhooks.
WEBHOOK_SECRET = env.str("WEBHOOK_SECRET", "")
# Whether webhooks may go to addresses inside the own network.
WEBHOOK_PRIVATE_ADDRESSES = env.bool("WEBHOOK_PRIVATE_ADDRESSES", False)
# How often one webhook is tried, waiting 1, 2, 4 … minutes in between, before it is given up.
WEBHOOK_ATTEMPTS = env.int("WEBHOOK_ATTEMPTS", 10)
# Days for which history and settled operations are kept.
KEEP_DAYS = env.int("KEEP_DAYS", 400)

PUBLIC_URL = (
    required(
        "PUBLIC_URL",
        "It is the address that QuickBooks PCs and browsers use, such as https://sync.example.com.",
    )
    or "http://localhost:8000"
).rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[]) or (
    ["*"] if TRYING else [environ.urlparse(PUBLIC_URL).hostname or "localhost"]
)
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_q",
    "ninja",
    "qbwc",
    "syncapp",
    "syncapp.explorer",
    "project.sandbox",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "project.urls"
WSGI_APPLICATION = "project.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "project" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {
    "default": env.db_url("DATABASE_URL", default=f"sqlite:///{DATA_DIR / ('demo.sqlite3' if DEMO else 'db.sqlite3')}")
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATA_DIR.mkdir(parents=True, exist_ok=True)
    DATABASES["default"]["OPTIONS"] = {
        # Writers queue instead of failing with "database is locked"; what is committed survives a power cut.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
    if TESTING:
        # A file, since tests with threads and processes share it; one of this process's own, so that the remains of a
        # killed run are never opened.
        DATABASES["default"]["TEST"] = {"NAME": f"{tempfile.gettempdir()}/sync-test-{os.getpid()}.sqlite3"}
# A connection for every request would cost more than the request.
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", 600)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

LANGUAGE_CODE = "en-us"
TIME_ZONE = env.str("TIME_ZONE", "UTC")
USE_I18N = False
USE_TZ = True
FORMAT_MODULE_PATH = "project.formats"  # how the admin writes times: alike on every page
LOGIN_REDIRECT_URL = "admin:index"

STATIC_URL = "static/"
# Collected for production; for trying, they are served from where they lie.
STATIC_ROOT = None if TRYING and "collectstatic" not in sys.argv else BASE_DIR / "staticfiles"
if not TRYING:
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
WHITENOISE_USE_FINDERS = TRYING

if PUBLIC_URL.startswith("https://"):
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Every delivery is a hint: attempts, leases and back-off are our own rows, so nothing is repeated here.
Q_CLUSTER = {
    "name": "sync",
    "workers": env.int("Q_WORKERS", 2),
    "queue_limit": 2,
    "bulk": 1,
    "timeout": 600,
    "retry": 3000,
    "ack_failures": True,
    "max_attempts": 1,
    "catch_up": False,
    "save_limit": -1,
    "recycle": 200,
    "max_rss": 400000,
    "poll": 0.5,
    "guard_cycle": 1,
    "label": "Background tasks",
}
REDIS_URL = env.str("REDIS_URL", "")
if REDIS_URL:
    Q_CLUSTER["redis"] = REDIS_URL
else:
    Q_CLUSTER["orm"] = "default"

# Sends every https call meant for Salesforce to a sandbox on this machine; refused outside of trying things out.
SALESFORCE_LOOPBACK_URL = env.str("SALESFORCE_LOOPBACK_URL", "")
if SALESFORCE_LOOPBACK_URL and not TRYING:
    raise ImproperlyConfigured(
        "SALESFORCE_LOOPBACK_URL is for the demo and for DEBUG only: unset it, or set DEBUG=true."
    )

SALESFORCE_API_VERSION = env.str("SALESFORCE_API_VERSION", "62.0")
SALESFORCE_API_SHARE = env.int("SALESFORCE_API_SHARE", 90)
SALESFORCE_BULK_WAIT_SECONDS = env.int("SALESFORCE_BULK_WAIT_SECONDS", 60)

# Builds the connectors of a pair; the floors below know it by this name only.
SYNC_CONNECTORS = "project.wiring.connectors_for"

UNFOLD = {
    "SITE_TITLE": "Salesforce and QuickBooks",
    "SITE_HEADER": "Synchronisation",
    "SITE_SUBHEADER": "Salesforce and QuickBooks",
    "SITE_SYMBOL": "sync_alt",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "syncapp.admin.navigation.icon"}],
    "SHOW_VIEW_ON_SITE": False,
    "STYLES": ["syncapp.admin.navigation.stylesheet"],
    "DASHBOARD_CALLBACK": "syncapp.admin.overview.dashboard",
    "SIDEBAR": {"navigation": "syncapp.admin.navigation.sections"},
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {"spyne": {"level": "WARNING"}, "django-q": {"level": "WARNING"}},
}
