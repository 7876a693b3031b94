"""A small project for presence: sign-in, a list of members, and the page of who is online.

Copy the folder `presence` of this repository into this folder. Install `django` and `redis`. Run
`python manage.py migrate` and `python manage.py createsuperuser`, then `python manage.py
runserver`. Open http://localhost:8000/.
"""

import os
import sys

from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
execute_from_command_line(sys.argv)
