# CuXAS: make help lists what can be asked for
VERSION := 0.4.1
PREFIX  ?= /usr/local
DESTDIR ?=
BUILD   ?= build
STAGE    = $(BUILD)/stage
CC      ?= cc
CFLAGS  ?= -O2 -g
# clang alone: loops that it chooses not to vectorise, and !"reason" in assertions, are no mistakes
WARN_CLANG := $(if $(findstring clang,$(CC)),-Wno-pass-failed -Wno-string-conversion)
WARN    := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Werror $(WARN_CLANG)
# a line says what is being made, under make -s too; V=1 prints whole commands
V       ?= 0
Q       := $(if $(filter 1,$(V)),,@)
say      = $(if $(filter 1,$(V)),,@printf '  %-4s %s\n' $(1) $(2))
SAN     := -fsanitize=address,undefined,float-cast-overflow -fno-sanitize-recover=all -fno-omit-frame-pointer

# under sanitizers: a size that no memory can hold is NULL, as without them; what fontconfig keeps is no leak of ours
export ASAN_OPTIONS ?= allocator_may_return_null=1
export LSAN_OPTIONS ?= suppressions=$(CURDIR)/tests/lsan.supp:print_suppressions=0

# The library's folders, in flow order: this list is the architecture, each includes only from itself and those before it.
FOLDERS := base spectrum crystal predict simulate records match write report learn evaluate
LIB     := $(patsubst src/%.c,%,$(foreach folder,$(FOLDERS),$(sort $(wildcard src/$(folder)/*.c))))
# The programs: one cuxas-*.c each; what they share is an archive, so that none holds what it never calls.
CMD     := $(patsubst src/%.c,%,$(filter-out src/cmd/cuxas-%,$(sort $(wildcard src/cmd/*.c))))
# Callers break with the first number of the version, before 1.0 with the second: the shared library's name holds that.
ABI    := $(if $(filter 0.%,$(VERSION)),$(basename $(VERSION)),$(firstword $(subst ., ,$(VERSION))))
SONAME := libcuxas.so.$(ABI)
SHARED := libcuxas.so.$(VERSION)
PROGRAMS := cuxas-match cuxas-predict cuxas-simulate cuxas-validate cuxas-model cuxas-refdb
# Old names stay for one release as links to the program that has their commands.
OLD_MODEL := cuxas-train cuxas-pretrain cuxas-evaluate cuxas-calibrate
OLD_REFDB := cuxas-feff cuxas-records

UNIT := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_*.c))
BENCH := $(patsubst tests/%.c,%,$(wildcard tests/bench_*.c))

PKGS := openblas gsl libcjson libpcre2-8 spglib nettle zlib sqlite3 libzip cairo hdf5-serial
# Debian has HDF5 for one process and for many, each by its own name
ifneq ($(shell pkg-config --exists hdf5-serial 2>/dev/null || echo no),)
  PKGS := $(PKGS:hdf5-serial=hdf5)
endif
CPPFLAGS_ALL = -D_POSIX_C_SOURCE=200809L -DCUXAS_VERSION='"$(VERSION)"' -DCUXAS_PREFIX='"$(PREFIX)"' -Iinclude -Isrc -I$(BUILD) \
               $(shell pkg-config --cflags $(PKGS)) $(CPPFLAGS)
CFLAGS_ALL   = -std=c11 -MMD -MP -fPIC -ffunction-sections -fdata-sections -fopenmp -ffp-contract=off $(WARN) $(CFLAGS)
# gsl.pc adds -lgslcblas, which ahead of OpenBLAS would supply a slow sgemm: leave it out
LIBS = -Wl,--gc-sections $(LDFLAGS) $(filter-out -lgslcblas,$(shell pkg-config --libs $(PKGS))) -lm

# What make deps installs: Debian packages, everything that building and testing needs beyond Debian's base system.
# Too large to be installed unasked: chromium, chromium-driver and curl, without which tests/browser.sh is skipped.
PACKAGES := gcc libc6-dev make pkg-config libopenblas-dev libgsl-dev libcjson-dev libpcre2-dev libsymspg-dev nettle-dev \
            zlib1g-dev libsqlite3-dev sqlite3 libhdf5-dev libzip-dev libcairo2-dev man-db \
            libmicrohttpd-dev dpkg-dev mandoc python3 python3-numpy python3-ase python3-venv

## all        build the library and the programs (default)
all: $(PROGRAMS:%=$(BUILD)/bin/%) $(OLD_MODEL:%=$(BUILD)/bin/%) $(OLD_REFDB:%=$(BUILD)/bin/%) $(BUILD)/libcuxas.a $(BUILD)/$(SHARED)

$(BUILD)/libcuxas.a: $(LIB:%=$(BUILD)/%.o)
$(BUILD)/cmd.a: $(CMD:%=$(BUILD)/%.o)
$(BUILD)/libcuxas.a $(BUILD)/cmd.a:
	$(call say,AR,$@)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^
# The shared library exports what the public headers declare and nothing else, at a version that changes with the soname alone.
# clang notes where its OpenMP is: as RUNPATH that would make the module in a wheel forget where it looks for what this library needs.
$(BUILD)/libcuxas.map: Makefile include/cuxas.h $(wildcard include/cuxas/*.h)
	@mkdir -p $(@D)
	@{ echo 'CUXAS_$(ABI) {' 'global:'; sed -nE '/^typedef/!s/^[A-Za-z][A-Za-z_0-9 ]*[ *](cuxas_[A-Za-z0-9_]+)\(.*/  \1;/p; s/^extern .* (CUXAS_[A-Z_]+);.*/  \1;/p' $(filter %.h,$^); echo 'local: *;' '};'; } > $@
$(BUILD)/$(SHARED): $(LIB:%=$(BUILD)/%.o) $(BUILD)/libcuxas.map
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_ALL) -shared -Wl,--disable-new-dtags,-soname,$(SONAME) -Wl,--version-script=$(BUILD)/libcuxas.map $(filter %.o,$^) -o $@ $(LIBS)
$(BUILD)/%.o: src/%.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -c $< -o $@
# activations are polynomials and products long sums, where fused multiply-add halves the work and does no harm
$(BUILD)/predict/rows.o $(BUILD)/simulate/scattering_matrix.o: CFLAGS_ALL += -ffp-contract=fast
# vectors of float times a float, which some processors (s390x) would make a double first
$(BUILD)/simulate/scattering_matrix.o: CFLAGS_ALL += $(if $(findstring clang,$(CC)),,-fexcess-precision=fast)
$(BUILD)/spectrum/hdf5_child.o: CPPFLAGS_ALL += $(if $(findstring --coverage,$(CFLAGS)),-include tests/covered.h)
$(BUILD)/unit/test_nexus.o: CPPFLAGS_ALL += $(if $(findstring --coverage,$(CFLAGS)),-DUNCONFINED)
# Style and script of HTML reports as C string literals, one a line, for write/page.c.
$(BUILD)/%.inc: src/%
	@mkdir -p $(@D)
	$(Q)sed 's/[\\"]/\\&/g; s/^/"/; s/$$/\\n"/' $< > $@
$(BUILD)/write/page.o: $(BUILD)/write/page.css.inc $(BUILD)/write/page.js.inc
# Those of the page of cuxas-match --serve, which alone needs a server.
$(BUILD)/cmd/match_serve.o: $(BUILD)/write/page.css.inc $(BUILD)/cmd/serve.html.inc $(BUILD)/cmd/serve.css.inc $(BUILD)/cmd/serve.js.inc
$(BUILD)/bin/cuxas-match: LIBS += $(shell pkg-config --libs libmicrohttpd)
$(BUILD)/unit/%.o: tests/unit/%.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) -Itests $(CFLAGS_ALL) -c $< -o $@
$(BUILD)/bin/%: $(BUILD)/cmd/%.o $(BUILD)/cmd.a $(BUILD)/libcuxas.a
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) $^ -o $@ $(LIBS)
$(OLD_MODEL:%=$(BUILD)/bin/%): $(BUILD)/bin/cuxas-model
$(OLD_REFDB:%=$(BUILD)/bin/%): $(BUILD)/bin/cuxas-refdb
$(OLD_MODEL:%=$(BUILD)/bin/%) $(OLD_REFDB:%=$(BUILD)/bin/%):
	$(Q)ln -sf $(notdir $<) $@
$(BUILD)/unit/test_%: $(BUILD)/unit/test_%.o $(BUILD)/libcuxas.a
	$(Q)$(CC) $(CFLAGS_ALL) $^ -o $@ $(LIBS)

# whose memory fails where it wants it to
$(BUILD)/unit/test_scarcity: LIBS += -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
$(BUILD)/unit/test_dropped: $(BUILD)/unit/test_dropped.o $(BUILD)/cmd.a $(BUILD)/libcuxas.a
	$(Q)$(CC) $(CFLAGS_ALL) $^ -o $@ $(LIBS)

## deps       install the Debian packages that are missing (root or sudo); does nothing when all are there
deps:
	@missing=; for package in $(PACKAGES); do \
	  dpkg-query -W -f='$${Status}' $$package 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$package"; \
	done; \
	if [ -n "$$missing" ]; then \
	  sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	  echo "installing:$$missing"; \
	  $$sudo apt-get update -qq && $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
	    --no-install-recommends $$missing >/dev/null || { echo "make deps: could not install:$$missing" >&2; exit 1; }; \
	fi

# The targets below install packages first; pkg-config can answer only afterwards, hence the second make.

## demo       install what is missing, build, and match a measured Cu2O spectrum against the bundled structures
demo: deps
	@$(MAKE) -s all
	@$(BUILD)/bin/cuxas-match --plot --top 4 --elements Cu,O examples/01-match/Cu2O.csv refdb:structures refdb:candidates

## check      install what is missing, build, and run all tests
check: deps
	@$(MAKE) -s run-tests

run-tests: all unit-programs examples $(BENCH:%=$(BUILD)/bench/%) $(BUILD)/bench/theory $(BUILD)/bench/elements $(BUILD)/bench/speed $(BUILD)/fuzz/replay $(BUILD)/fuzz/seeds
	@$(MAKE) -s install PREFIX=$(abspath $(STAGE))
	@sh tests/run.sh $(BUILD) $(STAGE)

## asan       the same tests under AddressSanitizer and UndefinedBehaviorSanitizer
asan: deps
	@$(MAKE) -s run-tests BUILD=build/asan CFLAGS="-O1 -g $(SAN)"

## fuzz       every parser under libFuzzer (clang) for SECONDS in all, in turn; TARGETS="cif msa" alone, RUNS=N of each
## fuzz-table what all runs of make fuzz came to: executions, edges, outcome of each target
# The corpora grow in build/clang-fuzz/corpus; what crashes is kept in build/clang-fuzz/found. tests/fuzz has the rest.
FUZZ_SAN := -fsanitize=address,undefined,float-cast-overflow -fno-sanitize-recover=all -fno-omit-frame-pointer
fuzz: deps
	@$(MAKE) -s fuzz-programs BUILD=build/clang-fuzz CC="$(or $(FUZZ_CC),clang)" CFLAGS="-O1 -g $(FUZZ_SAN) -fsanitize=fuzzer-no-link"
	@sh tests/fuzz/run.sh build/clang-fuzz "$(or $(SECONDS),60)" "$(RUNS)" $(TARGETS)
fuzz-table:
	@sh tests/fuzz/run.sh build/clang-fuzz table
fuzz-programs: $(BUILD)/fuzz/fuzz $(BUILD)/fuzz/seeds
$(BUILD)/fuzz/fuzz: LINK_FUZZER := $(or $(LIB_FUZZING_ENGINE),-fsanitize=fuzzer) -Wl,--wrap=pcre2_compile_8 -Wl,--wrap=pcre2_code_free_8
$(BUILD)/fuzz/replay.o: tests/fuzz/fuzz.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) -DREPLAY $(CFLAGS_ALL) -c $< -o $@
$(BUILD)/fuzz/%.o: tests/fuzz/%.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) -Itests $(CFLAGS_ALL) -c $< -o $@
$(BUILD)/fuzz/fuzz $(BUILD)/fuzz/replay $(BUILD)/fuzz/seeds: $(BUILD)/fuzz/%: $(BUILD)/fuzz/%.o $(BUILD)/cmd.a $(BUILD)/libcuxas.a
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(LINK_FUZZER) $^ -o $@ $(LIBS)

## faults     the n-th allocation, write, rename, fsync of each program fails; kill -9 at random moments (tests/faults.sh)
# SAMPLE=all: every n; PARTS="match kill" alone
faults: deps
	@$(MAKE) -s all unit-programs $(BUILD)/faults/faults.so
	@sh tests/faults.sh $(BUILD) "$(SAMPLE)" $(PARTS)
$(BUILD)/faults/faults.so: tests/faults.c
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 $(WARN) $(CFLAGS) -shared -fPIC $< -o $@ -ldl

## coverage   lines and branches of src that the tests reach, file by file (gcov); PARTS=unit: the unit tests alone; FUZZED=1: with the corpora of make fuzz
# One of the versions of functions that are compiled for several processors, since only one of them can run.
coverage: deps
	@mkdir -p build/coverage && find build/coverage -name '*.gcda' -delete # of earlier sources: libgcov would complain in every test
	@$(MAKE) -s $(if $(filter unit,$(PARTS)),unit,run-tests) BUILD=build/coverage CFLAGS="-O0 -g --coverage" CPPFLAGS=-DCUXAS_ONE_PROCESSOR || echo "some tests failed: see above"
ifeq ($(filter unit,$(PARTS)),)
	@$(MAKE) -s build/coverage/faults/faults.so BUILD=build/coverage CFLAGS="-O0 -g"
	@sh tests/faults.sh build/coverage 400 answer match library database predict | tail -n 1
endif
	@if [ -n "$(FUZZED)" ]; then build/coverage/fuzz/replay build/clang-fuzz/corpus | tail -n 1; fi
	@sh tests/coverage.sh build/coverage

## nightly    what make check has no time for: both compilers, sanitizers, other BLAS kernels, faults, ten minutes of fuzzing
nightly: deps
	@sh tests/nightly.sh

## model      train both bundled models anew from the data set in DATASET and further records in EXTRA
model: all
	EXTRA='$(EXTRA)' sh refdb/dataset/train.sh $(or $(DATASET),refdb/dataset) $(BUILD)/bin refdb/models

## library    refdb:mp anew: predictions and simulations of the Materials Project's structures in the data set
library: all
	sh refdb/models/library.sh $(or $(DATASET),refdb/dataset) $(BUILD)/bin refdb/models

## card       all numbers and figures of the models' card anew, after make model
card: all
	rm -rf $(BUILD)/card
	sh refdb/models/card.sh $(BUILD)/bin $(or $(DATASET),refdb/dataset) refdb/models

## unit       build and run the unit tests alone
unit: unit-programs
	@for test in $(UNIT:%=$(BUILD)/unit/%); do echo "$${test##*/}"; $$test || exit 1; done
unit-programs: $(UNIT:%=$(BUILD)/unit/%)

## cases      table of the kinds of input with the test of each, then the cases of ../shared/cases, each with its outcome
cases: all unit-programs
	@$(MAKE) -s install PREFIX=$(abspath $(STAGE)) >/dev/null
	@sh tests/kinds.sh $(BUILD) $(STAGE); kinds=$$?; echo; sh tests/cases.sh $(STAGE) && exit $$kinds

## format     format all C sources as .clang-format says (clang-format 14)
format:
	git ls-files '*.c' '*.h' | xargs clang-format -i

## bench      build and run the benchmarks; SIZES="1000 1000000" of libraries, PLOT=FILE.svg of them, BEFORE=COMMIT to compare with
bench: $(BENCH:%=$(BUILD)/bench/%) all $(BEFORE:%=before)
	@for program in $(filter-out %/bench_library,$(BENCH:%=$(BUILD)/bench/%)); do $$program || exit 1; done
	@$(if $(BEFORE),CUXAS_BENCH_BEFORE=$(BUILD)/before-$(BEFORE)/build/bin/cuxas-match) \
	  $(BUILD)/bench/bench_library $(PLOT:%=--plot %) $(SIZES)
before:
	@test -d $(BUILD)/before-$(BEFORE) || git worktree add -q --detach $(BUILD)/before-$(BEFORE) $(BEFORE)
	@$(MAKE) -s -C $(BUILD)/before-$(BEFORE) BUILD=build build/bin/cuxas-match build/bin/cuxas-simulate
$(BUILD)/bench/%.o: tests/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_ALL) -Itests -Isrc $(CFLAGS_ALL) -c $< -o $@
$(BUILD)/bench/bench_%: $(BUILD)/bench/bench_%.o $(BUILD)/libcuxas.a
	$(CC) $(CFLAGS_ALL) $^ -o $@ $(LIBS)

## theory     table of simulations against measured curves, by core-hole channel
theory: $(BUILD)/bench/theory
	@$< $(CURVES)
## white-lines  table of the white lines of all bundled Cu(II), with and without the polarised Fermi level (seven minutes)
white-lines: $(BUILD)/bench/theory
	@$< --white-lines
## theory-figure  the validation compounds: measured curves, FEFF's theory and the default one (refdb/simulations/theory.svg)
theory-figure: $(BUILD)/bench/theory
	@$< --figure refdb/simulations/theory.svg
## elements   table of edges of the 3d metals beside tabulated energies and measured foils; FIGURE=FILE.svg draws some
elements: $(BUILD)/bench/elements
	@$< $(FIGURE)
## speed      table of what simulations cost, in four ways and by atoms (three minutes); BEFORE=COMMIT to compare with
speed: $(BUILD)/bench/speed $(BUILD)/bin/cuxas-simulate $(BEFORE:%=before)
	@$< $(BEFORE:%=$(BUILD)/before-%/build/bin/cuxas-simulate)
$(BUILD)/bench/theory $(BUILD)/bench/elements $(BUILD)/bench/speed: $(BUILD)/bench/%: $(BUILD)/bench/%.o $(BUILD)/libcuxas.a
	$(CC) $(CFLAGS_ALL) $^ -o $@ $(LIBS)

## smooth     how far spectra of copies of one crystal are apart whose atoms are moved by 0.003 A; OPTIONS=--feff, --spinless-fermi
smooth: $(BUILD)/bench/bench_smooth
	@$< $(OPTIONS) $(STRUCTURES)
## converged  table of spectra against those of much larger clusters, by the sizes of clusters (half an hour)
converged: $(BUILD)/bench/bench_smooth
	@$< $(OPTIONS) --converged $(STRUCTURES)

## sites      does every copper site of N=200 random structures of STRUCTURES=FOLDER become self-consistent, or say why not
sites: all
	@CUXAS_DATA=$(abspath refdb) sh tests/sites.sh $(STRUCTURES) $(or $(N),200) $(BUILD)/bin $(OPTIONS)

## golden     table of deviations from the published M3GNet features (needs the published weights)
golden: $(BUILD)/unit/test_m3gnet
	@$< --table

## examples   build the example programs against the library
examples: $(BUILD)/examples/match
$(BUILD)/examples/match: examples/02-library/match.c $(BUILD)/libcuxas.a
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(filter %.c %.a,$^) -o $@ $(LIBS)

## python     the Python module in build/python, for PYTHONPATH (python3 and numpy are needed to use it, not to build it)
# Its C part is compiled against the headers and linked with the shared library, which lies beside it in a wheel with all that
# it needs (hence RPATH, which counts for these, too), and three
# folders up (lib/python3/dist-packages/cuxas) when installed. What the shared library does not export (base/json.h) it has itself.
PYTHON_MODULE = $(BUILD)/python/cuxas
PYTHON_RPATH := -Wl,--disable-new-dtags,-rpath,'$$ORIGIN:$$ORIGIN/../../..'
python: $(PYTHON_MODULE)/_bridge.so $(patsubst src/python/%,$(BUILD)/python/%,$(wildcard src/python/cuxas/*.py))
$(BUILD)/python/%.py: src/python/%.py
	@mkdir -p $(@D)
	$(Q)cp $< $@
$(PYTHON_MODULE)/_bridge.so: $(BUILD)/python/bridge.o $(BUILD)/$(SHARED) $(BUILD)/libcuxas.a
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)ln -sf ../../$(SHARED) $(@D)/$(SONAME)
	$(Q)$(CC) $(CFLAGS_ALL) -shared $(PYTHON_RPATH) -Wl,--exclude-libs,ALL $^ -o $@ $(LDFLAGS) $(shell pkg-config --libs libcjson libpcre2-8 openblas)

## install    programs, library, headers, man pages and reference data below DESTDIR/PREFIX
## wheel      the module as a wheel in build/wheel: libcuxas, what it needs and the bundled data; WHEEL_LIBRARIES=no: libcuxas alone
wheel: python
	@rm -rf $(BUILD)/wheel && mkdir -p $(BUILD)/wheel
	@BUILD=$(abspath $(BUILD)) CUXAS_WHEEL_LIBRARIES=$(WHEEL_LIBRARIES) /usr/bin/python3 src/python/backend.py $(BUILD)/wheel
WHEEL_LIBRARIES ?= yes

# Debian's Python looks into lib/python3 below /usr, into the folder of its version elsewhere.
PYTHON_DIR = $(PREFIX)/lib/$(if $(filter /usr,$(PREFIX)),python3,$(or $(shell /usr/bin/python3 -c 'import sys; print("python%d.%d" % sys.version_info[:2])' 2>/dev/null),python3))/dist-packages
install: all python
	install -d $(DESTDIR)$(PYTHON_DIR)/cuxas
	install -m 644 src/python/cuxas/*.py $(DESTDIR)$(PYTHON_DIR)/cuxas
	install -m 755 $(PYTHON_MODULE)/_bridge.so $(DESTDIR)$(PYTHON_DIR)/cuxas
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/pkgconfig $(DESTDIR)$(PREFIX)/include/cuxas \
	  $(foreach section,1 5 7,$(DESTDIR)$(PREFIX)/share/man/man$(section)) $(DESTDIR)$(PREFIX)/share/cuxas \
	  $(DESTDIR)$(PREFIX)/share/bash-completion/completions $(DESTDIR)$(PREFIX)/share/zsh/site-functions
	install -m 755 $(PROGRAMS:%=$(BUILD)/bin/%) $(DESTDIR)$(PREFIX)/bin
	cp -P $(OLD_MODEL:%=$(BUILD)/bin/%) $(OLD_REFDB:%=$(BUILD)/bin/%) $(DESTDIR)$(PREFIX)/bin
	install -m 644 $(BUILD)/libcuxas.a $(DESTDIR)$(PREFIX)/lib
	install -m 755 $(BUILD)/$(SHARED) $(DESTDIR)$(PREFIX)/lib
	ln -sf $(SHARED) $(DESTDIR)$(PREFIX)/lib/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(PREFIX)/lib/libcuxas.so
	install -m 644 include/cuxas.h $(DESTDIR)$(PREFIX)/include
	install -m 644 include/cuxas/*.h $(DESTDIR)$(PREFIX)/include/cuxas
	$(foreach section,1 5 7,install -m 644 man/*.$(section) $(DESTDIR)$(PREFIX)/share/man/man$(section);)
	for program in $(PROGRAMS); do \
	  $(BUILD)/bin/$$program --completion-bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/$$program && \
	  $(BUILD)/bin/$$program --completion-zsh > $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_$$program || exit 1; \
	done
	cp -R refdb/. $(DESTDIR)$(PREFIX)/share/cuxas
	printf '%s\n' 'prefix=$(PREFIX)' 'Name: cuxas' 'Description: match measured Cu L-edge spectra to crystal structures' \
	  'Version: $(VERSION)' 'Requires.private: $(PKGS)' 'Cflags: -I$${prefix}/include' \
	  'Libs: -L$${prefix}/lib -lcuxas' 'Libs.private: -fopenmp -lm' > $(DESTDIR)$(PREFIX)/lib/pkgconfig/cuxas.pc

## deb        Debian packages in build/deb: programs, data, library, development, Python (needs dpkg-dev, no root)
# Objects are taken as they are, but what names the prefix is compiled for /usr. src/packaging/deb.sh shares out what is installed.
DEB   = $(abspath $(BUILD))/deb
deb: all python
	@command -v dpkg-shlibdeps >/dev/null || { echo 'make deb: no dpkg-shlibdeps (apt-get install dpkg-dev)' >&2; exit 1; }
	rm -rf $(DEB)
	mkdir -p $(DEB)/build
	cp -Rp $(foreach folder,$(FOLDERS) cmd python cmd.a libcuxas.a $(SHARED) libcuxas.map,$(BUILD)/$(folder)) $(DEB)/build
	rm $(DEB)/build/cmd/common.o
	$(MAKE) -s install BUILD=$(DEB)/build PREFIX=/usr DESTDIR=$(DEB)/tree
	sh src/packaging/deb.sh $(DEB) $(VERSION)

## dsc        a Debian source package in build/dsc, for dpkg-buildpackage
dsc: dist
	rm -rf $(BUILD)/dsc && mkdir -p $(BUILD)/dsc
	cp $(BUILD)/cuxas-$(VERSION).tar.gz $(BUILD)/dsc/cuxas_$(VERSION).orig.tar.gz
	cd $(BUILD)/dsc && tar -xf cuxas_$(VERSION).orig.tar.gz && cp -R $(CURDIR)/src/packaging/debian cuxas-$(VERSION)
	printf 'cuxas ($(VERSION)-1) unstable; urgency=medium\n\n  * See CHANGELOG.md.\n\n -- The CuXAS authors <cuxas@example.org>  %s\n' \
	  "$$(LC_ALL=C date -u -R -d @$$(stat -c %Y CHANGELOG.md))" > $(BUILD)/dsc/cuxas-$(VERSION)/debian/changelog
	cp LICENSE $(BUILD)/dsc/cuxas-$(VERSION)/debian/copyright
	cd $(BUILD)/dsc && dpkg-source -b cuxas-$(VERSION)

## dist       the tree as it is committed, as build/cuxas-VERSION.tar.gz: same commit, same bytes
dist:
	@mkdir -p $(BUILD)
	git archive --format=tar --prefix=cuxas-$(VERSION)/ -o $(BUILD)/cuxas-$(VERSION).tar HEAD
	gzip -9nf $(BUILD)/cuxas-$(VERSION).tar

## html       the manual as pages for a browser in build/html, with pictures and a search (needs mandoc)
html: all
	@$(MAKE) -s install PREFIX=$(abspath $(STAGE)) >/dev/null
	@sh src/packaging/html.sh $(STAGE) $(BUILD)/html

## clean      remove everything that was built
clean:
	rm -rf build

## help       this list
help:
	@sed -n 's/^## //p' Makefile

.SECONDARY:
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
.PHONY: all before fuzz fuzz-table fuzz-programs faults coverage nightly model library card format deps demo check run-tests asan unit unit-programs cases bench theory white-lines theory-figure elements speed smooth converged sites golden examples python wheel install deb dsc dist html clean help
