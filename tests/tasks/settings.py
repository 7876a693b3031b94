"""A project with only the task queue, for the worker processes of these tests."""

import os

import django

SECRET_KEY = "tests"
USE_TZ = True
INSTALLED_APPS = ["tasks", *(["django_tasks"] if django.VERSION < (6,) else [])]
TASKS = {
    "default": {
        "BACKEND": "tasks.backend.RedisQueueBackend",
        "QUEUES": ["default", "exports"],
        "OPTIONS": {"redis_url": os.environ.get("REDIS_URL")},
    },
}
