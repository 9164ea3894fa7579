# Two commands are enough: `make up` and `make test`. Both build .venv where it is not current.
PYTHON ?=
BIN := .venv/bin
ARGS ?=

.PHONY: up test venv proto guides format bench eval eval-ask clean lock
up: venv
	@exec $(BIN)/codingahead up $(ARGS)

test: venv
	@deploy/test

venv:
	@PYTHON="$(PYTHON)" deploy/bootstrap

proto: venv
	@$(BIN)/python proto/generate.py

guides: venv
	@$(BIN)/python -m deploy.guide_vectors

format: venv
	@$(BIN)/ruff check -q --fix . ; $(BIN)/ruff format -q .

bench: venv
	@$(BIN)/python -m tests.bench.pages
	@$(BIN)/python -m tests.bench.reference
	@$(BIN)/python -m tests.bench.claims

eval: venv
	@$(BIN)/python -m tests.eval.measure $(ARGS)

eval-ask: venv
	@$(BIN)/python -m tests.eval.ask $(ARGS)

lock:
	uv pip compile --universal --generate-hashes --no-emit-index-url --python-version 3.12 --extra dev pyproject.toml -o requirements.lock -q

clean:
	rm -rf .venv .bootstrap .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
