# CuXAS: make help lists what can be asked for
VERSION := 0.1.0
PREFIX  ?= /usr/local
DESTDIR ?=
BUILD   ?= build
CC      ?= cc
CFLAGS  ?= -O2 -g
WARN    := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Werror
SAN     := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

# The library, in flow order: this list is the architecture (files to report, top to bottom).
LIB := base/status base/memory base/hash base/output base/text base/elements \
       io/spectrum io/measured io/preprocess io/crystal io/crystal_cif io/crystal_poscar io/crystal_xyz io/symmetry \
       io/catalog \
       model/neighbor model/tensors model/featurizer model/symfun model/m3gnet model/dense model/model \
       model/predict model/dataset model/reduction model/train model/import_m3gnet model/pickle \
       match/resample match/metric match/shift match/onset match/hits match/match \
       report/settings report/report report/report_text report/report_json report/report_csv
CMD := cmd/options cmd/common
PROGRAMS := cuxas-match cuxas-predict cuxas-train cuxas-evaluate cuxas-validate cuxas-model

LIB := $(foreach m,$(LIB),$(if $(wildcard src/$(m).c),$(m)))
CMD := $(foreach m,$(CMD),$(if $(wildcard src/$(m).c),$(m)))
PROGRAMS := $(foreach p,$(PROGRAMS),$(if $(wildcard src/cmd/$(p).c),$(p)))
UNIT := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_*.c))

PKGS := openblas gsl libcjson libpcre2-8 spglib libmd zlib
CPPFLAGS_ALL = -D_POSIX_C_SOURCE=200809L -DCUXAS_VERSION='"$(VERSION)"' -DCUXAS_PREFIX='"$(PREFIX)"' -Iinclude \
               $(shell pkg-config --cflags $(PKGS)) $(CPPFLAGS)
CFLAGS_ALL   = -std=c11 -MMD -MP -fopenmp -ffp-contract=off $(WARN) $(CFLAGS)
# gsl.pc adds -lgslcblas, which ahead of OpenBLAS would supply a slow sgemm: leave it out
LIBS = $(LDFLAGS) $(filter-out -lgslcblas,$(shell pkg-config --libs $(PKGS))) -lm

all: $(PROGRAMS:%=$(BUILD)/bin/%) $(BUILD)/libcuxas.a

$(BUILD)/libcuxas.a: $(LIB:%=$(BUILD)/%.o)
	rm -f $@
	$(AR) rcs $@ $^
$(BUILD)/%.o: src/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -c $< -o $@
$(BUILD)/unit/%.o: tests/unit/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_ALL) -Itests -Isrc $(CFLAGS_ALL) -c $< -o $@
$(BUILD)/bin/%: $(BUILD)/cmd/%.o $(CMD:%=$(BUILD)/%.o) $(BUILD)/libcuxas.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) $^ -o $@ $(LIBS)
$(BUILD)/unit/test_%: $(BUILD)/unit/test_%.o $(BUILD)/libcuxas.a
	$(CC) $(CFLAGS_ALL) $^ -o $@ $(LIBS)

unit: $(UNIT:%=$(BUILD)/unit/%)
	@for test in $^; do echo "$${test##*/}"; $$test || exit 1; done

clean:
	rm -rf build

.SECONDARY:
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
.PHONY: all unit clean
