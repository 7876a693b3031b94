"""A page with a button that queues a task, and shows its progress and its result.

Copy the folder `tasks` of this repository into this folder. Install `django`, `redis`, `hiredis`,
`orjson`, `cronsim` and, with Django 5.2, `django-tasks`. Run `python manage.py runworker` and, in
another terminal, `python manage.py runserver`. Open http://localhost:8000/.
"""

import os
import sys

from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
execute_from_command_line(sys.argv)
