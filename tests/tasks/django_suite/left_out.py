"""The tests of the suite that do not apply, each with the reason."""

import django

OTHER_BACKEND = "asserts that the backend is the one of Django"
SUPPORTED = "asserts that ImmediateBackend does not support what this backend does"

LEFT_OUT = {
    "TaskTestCase.test_using_correct_backend": OTHER_BACKEND,
    "TaskTestCase.test_get_backend": OTHER_BACKEND,
    "DummyBackendTestCase.test_using_correct_backend": OTHER_BACKEND,
    "ImmediateBackendTestCase.test_using_correct_backend": OTHER_BACKEND,
    "ImmediateBackendTestCase.test_cannot_get_result": SUPPORTED,
    "ImmediateBackendTestCase.test_cannot_refresh_result": SUPPORTED,
    "ImmediateBackendTestCase.test_cannot_pass_run_after": SUPPORTED,
    "DummyBackendTestCase.test_refresh_result": "changes a result in the memory of DummyBackend",
    "DummyBackendTestCase.test_refresh_result_async": "changes a result in DummyBackend's memory",
}
if django.VERSION < (6, 1):
    NEW = "tests what Django 6.1 added to its own classes"
    LEFT_OUT |= {
        "TaskTestCase.test_pickle_task": NEW,
        "TaskTestCase.test_pickle_task_result": NEW,
        "TaskTestCase.test_unpickle_arbitrary_string": NEW,
        "TaskTestCase.test_unpickle_non_task_object": NEW,
        "TaskTestCase.test_run_after_in_decorator": NEW,
    }
if django.VERSION < (6,):
    WORDS = "django_tasks writes the message with another capital"
    LEFT_OUT["DummyBackendTestCase.test_validate_disallowed_async_task"] = WORDS
"""Whole cases that are not run: those of test_custom_backend, which test backends of their own, and
the TransactionTestCases, which set Django's backend in each test."""
