# What CI runs is "make ci". "make help" lists the rest.

GO     ?= go
DATA   ?= .data
ADDR   ?= 127.0.0.1:8000
FUZZ   ?= 20s
LINT    = bin/golangci-lint

.PHONY: ci help run build test test-postgres race oasdiff manifests bench-rpc browser-deps postgres-deps typescript-deps lint fmt vet fuzz bench faults moves new-app tidy clean

ci: fmt vet lint test test-postgres race oasdiff manifests ## everything that must hold before a change is merged

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

run: build ## run the reference company with an example, at http://127.0.0.1:8000
	bin/company up --seed --data $(DATA) --addr $(ADDR)

build: ## build the company's program and the tool into bin/
	$(GO) build -o bin/ ./company ./cmd/spinoff

test: browser-deps postgres-deps typescript-deps ## all tests, with those in a real browser and on a real PostgreSQL
	SPINOFF_TEST_POSTGRES=1 $(GO) test ./...

test-postgres: browser-deps postgres-deps ## the apps' tests and a whole project on PostgreSQL
	SPINOFF_TEST_POSTGRES=1 SPINOFF_TEST_DATABASE=postgres $(GO) test ./apps/... ./spinofftest
	SPINOFF_TEST_POSTGRES=1 SPINOFF_TEST_DATABASE=postgres $(GO) test ./company -run TestStory/desktop

race: postgres-deps ## the tests of everything that runs concurrently, with the race detector
	SPINOFF_TEST_POSTGRES=1 $(GO) test -race ./call ./data/... ./events/... ./shape ./run ./spinofftest

fuzz: ## each fuzz test for FUZZ=20s
	@for package in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz'); do \
			echo "$$package $$target"; $(GO) test $$package -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZ) || exit 1; \
		done; \
	done

bench: ## what a call, a durable change, an event and a comparison of contracts cost, beside other ways
	$(GO) run ./bench

faults: ## kill processes at every step of an event, for some minutes, and count: nothing lost, nothing twice
	$(GO) test ./events/internal/faults -count=1 -v -timeout 60m -args -long

moves: ## move an app out and back 50 times under load, and kill either side at every step, for some minutes: no request fails, nothing is lost
	$(GO) test ./company -run 'TestMoveUnderLoad|TestKillDuringMove' -count=1 -v -timeout 30m -args -moves 50 -kills

oasdiff: ## a second opinion on the test pairs of contract/diff, by another comparer
	cd tools/oasdiff && $(GO) run .

manifests: ## what "company deploy" writes against the official schemas of Kubernetes and Compose
	cd tools/manifests && $(GO) test ./...

bench-rpc: ## a remote call of ours beside net/http by hand, Connect and gRPC
	cd bench/rpc && $(GO) run .

lint: $(LINT) ## golangci-lint
	$(LINT) run ./...

$(LINT): tools/go.mod
	cd tools && $(GO) build -o ../$(LINT) github.com/golangci/golangci-lint/v2/cmd/golangci-lint

fmt: ## fail where gofmt would change something
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "gofmt would change:"; gofmt -l $$(git ls-files '*.go'); exit 1; }

vet:
	$(GO) vet ./...

browser-deps: ## install Chromium for the browser tests where it is missing
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || scripts/install-chromium

postgres-deps: ## install PostgreSQL for the tests where it is missing
	@command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || scripts/install-postgres

typescript-deps: ## install the TypeScript compiler for the tests of clients where it is missing
	@ls "$${XDG_CACHE_HOME:-$$HOME/.cache}/spinoff/typescript/node_modules/typescript/bin/tsc" >/dev/null 2>&1 || scripts/install-typescript

new-app: ## make an app: make new-app NAME=shop TEAM=Sales
	$(GO) run ./cmd/spinoff new app $(NAME) --team "$(TEAM)"

tidy: ## go.mod as the code needs it
	$(GO) mod tidy

clean:
	rm -rf bin $(DATA)
