.PHONY: run test check bench lock

PYTHON ?= python3

run test check bench lock:
	@$(PYTHON) tools/bootstrap.py $@
