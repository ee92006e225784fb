# Everything that set-up does is in annotationlab/launcher.py; this file only makes the Python that runs it.
# The system's own first: a distribution builds it with optimizations, a version manager often without, and all is a third
# slower. Debian may have left out ensurepip, without which it makes no environment.
PYTHON ?= $(shell for needed in sys,ensurepip sys; do for name in /usr/bin/python3.11 python3.11 python3 python; do \
	$$name -c "import $$needed; sys.exit(sys.version_info[:2] != (3, 11))" 2>/dev/null && echo $$name && exit; done; done)
IN_VENV := .venv/bin/python

.PHONY: demo run stop test lint packages dev-packages

demo: packages
	@exec $(IN_VENV) -m annotationlab.launcher demo

run: packages
	@exec $(IN_VENV) -m annotationlab.launcher run

stop:
	@test -x $(IN_VENV) || { echo "Nothing has been set up here, so nothing runs."; exit 1; }
	@exec $(IN_VENV) -m annotationlab.launcher stop

test: lint
	@$(IN_VENV) -m annotationlab.launcher prepare
	$(IN_VENV) -m pytest -n 2 -m "not spark and not browser and not slow"
	$(IN_VENV) -m pytest -n 2 --dist loadgroup -m "spark or browser or slow"

lint: dev-packages
	$(IN_VENV) -m ruff check
	$(IN_VENV) -m ruff format --check
	$(IN_VENV) -m mypy

packages: .venv/made
	@$(IN_VENV) -m annotationlab.packages requirements.txt

dev-packages: .venv/made
	@$(IN_VENV) -m annotationlab.packages requirements-dev.txt

.venv/made:
	@test -n "$(PYTHON)" || { echo "Annotation Lab needs Python 3.11 and found none. Install it, or name it:" \
		"make demo PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null || { echo \
		"Annotation Lab needs Python 3.11, and $(PYTHON) is not one. Name another: make demo PYTHON=/path/to/python3.11"; exit 1; }
	@echo "virtual environment: making .venv"
	@$(PYTHON) -m venv .venv || { echo "The virtual environment could not be made. On Debian and Ubuntu install" \
		"python3.11-venv; then run make again."; exit 1; }
	@touch $@
