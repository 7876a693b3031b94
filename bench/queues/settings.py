"""Settings of a project that has only the queue."""

import os

import django

SECRET_KEY = "bench"
USE_TZ = True
INSTALLED_APPS = ["tasks", *(["django_tasks"] if django.VERSION < (6,) else [])]
TASKS = {
    "default": {
        "BACKEND": "tasks.backend.RedisQueueBackend",
        "OPTIONS": {"redis_url": os.environ.get("BENCH_REDIS_URL")},
    },
}
