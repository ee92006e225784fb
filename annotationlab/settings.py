"""All settings, from environment variables. README.md has the table of them; `environment.py` knows their names."""

from datetime import timedelta
from pathlib import Path

from annotationlab import embedded_postgres, environment

BASE_DIR = Path(__file__).resolve().parent.parent
ENV = environment.read(BASE_DIR)
VAR_DIR = ENV.var_dir

DEBUG = ENV.debug
SECRET_KEY = ENV.secret_key
ALLOWED_HOSTS = ENV.allowed_hosts
CSRF_TRUSTED_ORIGINS = ENV.trusted_origins
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENV.behind_https else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENV.behind_https

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django_htmx",
    "django_q",
    "axes",
    "annotationlab",
    "projects",
    "preannotation",
    "demo",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "annotationlab.urls"
WSGI_APPLICATION = "annotationlab.wsgi.application"

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
            ],
        },
    },
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "NAME": "rows",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {"environment": "projects.row_templates.environment"},
    },
]

DATABASES = {"default": ENV.database or embedded_postgres.django_database(VAR_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
# Guessing passwords: after ten wrong ones for a name from one address, that pair waits.
AXES_FAILURE_LIMIT = 10
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_COOLOFF_TIME = timedelta(minutes=10)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "registration/locked.html"
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "projects:list"
LOGOUT_REDIRECT_URL = "login"

LANGUAGE_CODE = "en"
TIME_ZONE = ENV.time_zone
USE_I18N = False
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "annotationlab.static_files.ModulesStaticFilesStorage"
    },
}
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024
# A page of 200 ticked tasks posts one field each; the scopes of a whole filter post none.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000

# What else stands between a Labeling Config and being saved: functions (project, config) -> problems.
LABELING_CONFIG_VALIDATORS = ["preannotation.catalogue.validate_config"]

# What follows an import: functions (project, import report) -> what was set off, in words, or "".
AFTER_IMPORT = ["preannotation.automatic.preannotate_imported"]
# How a job of any app shows that its worker lives: a function of what it holds, in words.
WORKER_BEAT = "preannotation.claims.worker_beat"

UPLOADS_DIR = VAR_DIR / "uploads"
MODELS_DIR = VAR_DIR / "models"
SPARK_JARS_DIR = VAR_DIR / "jars"
SPARK_SCRATCH_DIR = VAR_DIR / "spark"
ENGINE_CHILDREN_DIR = VAR_DIR / "children"
SPARK_MEMORY = ENV.spark_memory
SPARK_THREADS = ENV.spark_threads
PIPELINE_MEMORY = ENV.pipeline_memory

# `retry` counts from the moment a worker prefetches a job: it must pass (queue_limit + 2) x timeout, or jobs run twice.
Q_CLUSTER = {
    "name": "default",
    "orm": "default",
    "broker_class": "preannotation.broker.OldestFirst",
    "workers": 2,
    "poll": 0.2,
    # An import of the largest file that is taken needs minutes; it is one transaction, so it is one job.
    "timeout": 3600,
    "retry": 4 * 3600,
    "queue_limit": 1,
    "max_attempts": 1,
    "ack_failures": True,
    "catch_up": False,
    "save_limit": 250,
    "label": "Queue",
    "ALT_CLUSTERS": {
        "spark": {
            "workers": 1,
            "recycle": 10**9,
            "timeout": 900,
            "retry": 3600,
            "queue_limit": 1,
            "max_attempts": 1,
            "ack_failures": True,
            "scheduler": False,
        },
        "training": {
            "workers": 1,
            "timeout": 12 * 3600,
            "retry": 48 * 3600,
            "queue_limit": 1,
            "max_attempts": 1,
            "ack_failures": True,
            "scheduler": False,
        },
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {process} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": ENV.log_level},
    # The queue writes three lines a job, and every worker takes a probe job every five seconds.
    "loggers": {
        **{name: {"level": "WARNING"} for name in ("py4j", "django.server", "django-q", "axes")},
        # A refusal is an answer, not an error; its trace would bury the real ones.
        "django.request": {"level": "ERROR"},
    },
}
