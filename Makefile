# Every name in here is relative to this folder, whose own name may hold anything.
python = .venv/bin/python
lock = -q --universal --python-version 3.11 --no-header --generate-hashes --no-emit-index-url

# What PostgreSQL could do in another way than SQLite.
with_sql = tests/chaos tests/chat tests/chatsite tests/presence \
	tests/tasks/test_transactions.py --ignore tests/chat/rendering

.PHONY: run test lint lock clean

run:
	@scripts/setup requirements.txt
	@exec $(python) -m chatsite.run

test:
	@scripts/setup requirements-dev.txt
	@scripts/chromium
	@$(MAKE) --no-print-directory lint
	$(python) manage.py check
	$(python) manage.py makemigrations --check --dry-run
	$(python) -m pytest -n 2 --ignore tests/browser
	$(python) -m pytest -n 2 tests/browser
	TEST_DATABASE=postgres $(python) -m pytest -n 2 $(with_sql)

lint:
	@scripts/setup requirements-dev.txt
	$(python) -m ruff check
	$(python) -m ruff format --check
	$(python) -m mypy
	$(python) .venv/bin/lint-imports
	find templates tasks/templates -name '*.html' -exec .venv/bin/djade --check {} +

lock:
	@scripts/setup requirements-dev.txt
	$(python) -m pip install -q uv==0.13.9
	$(python) -m uv pip compile $(lock) pyproject.toml -o requirements.txt
	$(python) -m uv pip compile $(lock) pyproject.toml --extra dev -o requirements-dev.txt

clean:
	rm -rf .venv staticfiles .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
