# Everything that people and CI run. `make help` lists the targets.

SWIFT ?= swift
# Seeds of the simulation: a range, or a single number to replay one.
SEEDS ?= 1..500
SIM_FLAGS ?=
BENCH_FLAGS ?=
# Where the large tree for grep is, or will be.
CORPUS ?= corpus
TEST_FLAGS ?=

# One set of flags for every build, so that no target rebuilds what another has built.
BUILD_FLAGS = --explicit-target-dependency-import-check error
FORMATTED = Package.swift $(wildcard Sources Tests Snippets bench)

.DEFAULT_GOAL := help
.PHONY: help deps bench-deps build release quick test lint format sim check demo bench corpus \
	bench-grep bench-replication grep-parity clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' Makefile | awk -F ':.*## ' '{ printf "  make %-17s %s\n", $$1, $$2 }'

deps: ## install the Debian packages that are missing: libraries, and tools that tests call
	@Scripts/install-packages.sh pkg-config zlib1g-dev libmsgpack-dev libssl-dev \
		ripgrep redis-tools python3-redis iproute2

bench-deps: deps
	@Scripts/install-packages.sh redis-server

build: deps ## build everything, tests too, for debugging
	$(SWIFT) build $(BUILD_FLAGS) --build-tests

release: deps ## build everything with optimisation
	$(SWIFT) build $(BUILD_FLAGS) -c release

quick: build ## the tests that start no processes and simulate nothing
	$(SWIFT) test $(BUILD_FLAGS) --skip-build --skip ClusterTests --skip SimulationTests $(TEST_FLAGS)

test: build ## all tests
	GREPVINE_BINARY="$$($(SWIFT) build $(BUILD_FLAGS) --show-bin-path)/grepvine" \
		$(SWIFT) test $(BUILD_FLAGS) --skip-build $(TEST_FLAGS)

lint: ## is everything formatted?
	$(SWIFT) format lint --recursive --strict $(FORMATTED)

format: ## format everything in place
	$(SWIFT) format --recursive --in-place $(FORMATTED)

sim: release ## simulate clusters: make sim SEEDS=17 replays one seed
	"$$($(SWIFT) build $(BUILD_FLAGS) -c release --show-bin-path)/grepvine-sim" \
		--seeds $(SEEDS) $(SIM_FLAGS)

check: lint test sim ## everything that CI does

demo: release ## three nodes, real documents, one node killed
	GREPVINE_BINARY="$$($(SWIFT) build $(BUILD_FLAGS) -c release --show-bin-path)/grepvine" \
		Scripts/demo.sh

bench: bench-deps release ## one node beside redis-server, then three nodes
	GREPVINE_BINARY="$$($(SWIFT) build $(BUILD_FLAGS) -c release --show-bin-path)/grepvine" \
		Scripts/bench.sh $(BENCH_FLAGS)

corpus: ## a real tree of 450 MB for grep, in CORPUS
	bench/corpus.sh "$(CORPUS)"

bench-grep: deps corpus release ## grep --files beside ripgrep, and codesearch if it is installed
	GREPVINE_BINARY="$$($(SWIFT) build $(BUILD_FLAGS) -c release --show-bin-path)/grepvine" \
		bench/grep.sh "$(CORPUS)" $(BENCH_FLAGS)

bench-replication: release ## outages, packet loss and soaks of three nodes, in six minutes
	GREPVINE_BINARY="$$($(SWIFT) build $(BUILD_FLAGS) -c release --show-bin-path)/grepvine" \
		bench/replication/kpi.py $(BENCH_FLAGS)

grep-parity: build corpus release ## 200 patterns and 60 flags beside ripgrep, on the large tree
	GREPVINE_BINARY="$$($(SWIFT) build $(BUILD_FLAGS) -c release --show-bin-path)/grepvine" \
	GREPVINE_GREP_TREE="$(abspath $(CORPUS))/tree" \
		$(SWIFT) test $(BUILD_FLAGS) --skip-build --filter RipgrepParityTests

clean: ## forget what was built
	$(SWIFT) package clean
