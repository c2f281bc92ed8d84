# `make` lists the targets. `make demo` and `make test` do all set-up themselves on Debian 12 with Node 20.
.DEFAULT_GOAL := help
SOURCES := $(shell find src scripts web -type f 2>/dev/null)

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

node_modules/.installed: package.json package-lock.json .npmrc
	npm ci --no-audit --no-fund
	@touch $@

dist/main.js: node_modules/.installed $(SOURCES)
	npm run --silent build

.PHONY: build
build: dist/main.js ## install and bundle; then ./bin/suture runs

.PHONY: demo
demo: build ## the whole story on this machine: build an outdated Debian image, patch it, prove it
	./bin/suture demo

.PHONY: test
test: build test-packages ## everything: types, lint, layer rules, unit, differential and end-to-end tests
	node scripts/test.mjs

.PHONY: test-packages
test-packages: # Debian packages that the tests compare with; only as root, otherwise those tests are skipped with a message
	sh scripts/install-test-packages.sh

.PHONY: differential
differential: build test-packages ## upgrade every kind of root by apt and by the native engine, and compare; `make test` takes a sample
	SUTURE_DIFFERENTIAL=all npx vitest run test/differential

.PHONY: fleet
fleet: build test-packages ## 200 images on 10 bases against Debian's docker-registry; `make test` takes 12 on 3
	SUTURE_TEST_FLEET_BASES=10 SUTURE_TEST_FLEET_EACH=20 npx vitest run test/e2e/fleet-scale.test.ts

.PHONY: chaos
chaos: build test-packages ## 100 runs that are killed, on SQLite and on PostgreSQL, and runs against a failing registry; `make test` takes a few
	SUTURE_TEST_KILLS=100 SUTURE_TEST_FAULTY_RUNS=5 npx vitest run test/e2e/fleet-chaos.test.ts

.PHONY: check
check: build ## types, lint and layer rules only
	npm run --silent typecheck
	npm run --silent lint

.PHONY: format
format: node_modules/.installed ## format the sources
	npm run --silent format

.PHONY: docs
docs: build ## write the generated documents: command line, errors, schemas
	node --import tsx scripts/docs.ts

.PHONY: fuzz
fuzz: node_modules/.installed ## as root: thousands of generated maintainer scripts under dash and in the evaluator; SUTURE_SCRIPT_SEED varies them
	SUTURE_GENERATED_SCRIPTS=$${SUTURE_GENERATED_SCRIPTS:-5000} npx vitest run src/packages/script/shell/generated

.PHONY: survey
survey: build test-packages ## as root: which pending Debian packages are native, held to dpkg; writes docs/coverage.md
	node --import tsx test/survey/run.ts --document=docs/coverage.md

.PHONY: bench
bench: build test-packages ## measure against the tools a user would pick instead, side by side
	node --import tsx bench/run.ts
	node --import tsx bench/scan.ts
	node --import tsx bench/fleet.ts
	node --import tsx bench/platforms.ts

.PHONY: clean
clean: ## remove what was built
	rm -rf dist coverage
