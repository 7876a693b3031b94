import os

import django

SECRET_KEY = "only for this example"
DEBUG = USE_TZ = True
ROOT_URLCONF = "project.urls"
INSTALLED_APPS = ["project"]
MIDDLEWARE = ["django.middleware.csrf.CsrfViewMiddleware"]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]

INSTALLED_APPS = ["tasks", *INSTALLED_APPS]  # before channels: both have a runworker
if django.VERSION < (6,):
    INSTALLED_APPS += ["django_tasks"]  # only with Django 5.2; Django 6 has this API itself
TASKS = {
    "default": {
        "BACKEND": "tasks.backend.RedisQueueBackend",
        "QUEUES": ["default", "exports"],
        "OPTIONS": {"redis_url": os.environ.get("REDIS_URL", "redis://localhost:6379/0")},
    },
}
