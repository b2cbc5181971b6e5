# `make lab` and `make test` each do all of their own set-up; Python 3.11 or later is all they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: lab test site notebooks lint clean

lab: $(VENV)/lab.stamp
	$(BIN)/coursekit lab

# The student's part: pinned packages and coursekit itself.
$(VENV)/lab.stamp: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "coursekit needs Python 3.11 or later: make PYTHON=python3.12 …")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

# What the tests need besides: test packages, PyTorch as the oracle, a browser, the sandbox, Sphinx.
$(VENV)/test.stamp: $(VENV)/lab.stamp tools/system_packages.sh
	$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check -c constraints.txt -e '.[test,oracle,site,cluster]'
	sh tools/system_packages.sh
	touch $@

test: $(VENV)/test.stamp
	sh tools/test.sh

# The course as a static site, in build/site.
site: $(VENV)/test.stamp
	$(BIN)/python -m sphinx -q -W --keep-going -b html -d build/doctrees docs build/site
	@echo "The site is in build/site/index.html"

notebooks: $(VENV)/test.stamp
	$(BIN)/coursekit build

lint: $(VENV)/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

clean:
	rm -rf $(VENV) build grades test-artefacts
