# One verb per action. `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help up author down images test test-matrix check format bench sizes screenshots vendor sbom third-party audit pin clean
export SLIPWAY_HOST ?= $(or $(HOST),127.0.0.1)
export SLIPWAY_PORT ?= $(or $(PORT),8000)

help: ## list the verbs
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 15

.venv/ready: pyproject.toml requirements/development.txt scripts/venv
	@scripts/venv

up: .venv/ready ## make this machine ready and serve the course
	@exec .venv/bin/slipway serve --prepare

author: .venv/ready ## the same, and show lessons anew as soon as they change
	@exec .venv/bin/slipway serve --prepare --reload

down: .venv/ready ## remove every container, network and volume that was made
	@.venv/bin/slipway engine down

images: .venv/ready ## build what docker-compose.yml runs
	@.venv/bin/slipway images build --compose

test: .venv/ready ## every test: unit, contract, real engine, content, browser
	@scripts/test

test-matrix: .venv/ready ## prove all lessons on other versions of Docker too
	@scripts/matrix

check: .venv/ready ## the fast loop: format, lint, types, layers, unit tests
	@scripts/check

format: .venv/ready ## format the code
	@.venv/bin/ruff format . && .venv/bin/ruff check --fix .

bench: .venv/ready ## measure, on a real class engine
	@scripts/bench

sizes: .venv/ready ## write the last bench's figures into docs/operations.md
	@.venv/bin/python -m bench.sizing

screenshots: .venv/ready ## take the pictures of the docs anew
	@scripts/test tests/e2e/test_screenshots.py
	@cp var/slipway-test/screenshots/*.png docs/screenshots/

vendor: ## bring in the pinned third-party files of the front end
	@scripts/vendor

sbom: .venv/ready ## write var/sbom.cdx.json: all that ships and others made
	@.venv/bin/python -m supply sbom

third-party: .venv/ready ## write THIRD_PARTY.md: their licences
	@.venv/bin/python -m supply third-party

audit: .venv/ready ## ask who may know of flaws in them
	@.venv/bin/python -m supply audit

pin: ## write the hashes of all Python packages into requirements/
	@scripts/pin

clean: down ## also remove the environment and the state
	@rm -rf .venv var node_modules
