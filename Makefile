# Every name in here is relative to this folder, whose own name may hold anything.
python = .venv/bin/python
lock = -q --universal --python-version 3.11 --no-header --generate-hashes --no-emit-index-url

# PostgreSQL can behave differently from SQLite in these, except in those that use no database, or one of
# their own.
with_sql = tests/chaos tests/chat tests/chatsite tests/presence tests/tasks/test_transactions.py \
	$(addprefix --ignore tests/, chat/protocol chat/rendering chatsite/dev \
	chatsite/ops/test_private_files.py chatsite/test_docs.py chatsite/test_environment.py \
	chatsite/test_parent_process.py chatsite/test_readme.py chatsite/test_requirements.py chatsite/test_setup.py)

.PHONY: run test lint words lock clean

run:
	@scripts/setup requirements.txt
	@exec $(python) -m chatsite.run

test:
	@scripts/setup requirements-dev.txt
	@scripts/chromium
	@$(MAKE) --no-print-directory lint
	$(python) manage.py check
	$(python) manage.py makemigrations --check --dry-run
	$(python) -m pytest -n 2 --ignore tests/browser --ignore tests/install
	$(python) -m pytest -n 2 tests/browser tests/install
	TEST_DATABASE=postgres $(python) -m pytest -n 2 $(with_sql)

lint:
	@scripts/setup requirements-dev.txt
	$(python) -m ruff check
	$(python) -m ruff format --check
	@# After a change of models, the plugin of Django finds false errors in an old cache.
	$(python) -m mypy || { rm -rf .mypy_cache && $(python) -m mypy; }
	$(python) .venv/bin/lint-imports
	find templates chat/templates presence/templates tasks/templates -name '*.html' -exec .venv/bin/djade --check {} +

words:
	@scripts/setup requirements-dev.txt
	$(python) -m scripts.cldr
	$(python) -m scripts.catalogues

lock:
	@scripts/setup requirements-dev.txt
	$(python) -m pip install -q uv==0.13.9
	$(python) -m uv pip compile $(lock) pyproject.toml -o requirements.txt
	$(python) -m uv pip compile $(lock) pyproject.toml --extra dev -o requirements-dev.txt

clean:
	rm -rf .venv staticfiles .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
