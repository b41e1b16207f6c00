# newsdup. `make help` lists targets and variables; scripts/setup installs what is needed.
# BUILD chooses a variant; each has its own tree, release in build/, others in build/<variant>/:
#   newsdup  newsdupd  libnewsdup.a  libnewsdup_client.a  tests/...  obj/ (objects, as in the source tree)

BUILD    ?= release
PREFIX   ?= /usr/local
WERROR   ?= $(filter debug asan tsan,$(BUILD))
ONLY     ?=
FUZZ_SECONDS ?= 60

ifeq ($(filter $(BUILD),release debug asan tsan cov fuzz),)
$(error BUILD is release, debug, asan, tsan, cov or fuzz, not '$(BUILD)')
endif

B       := build$(if $(filter-out release,$(BUILD)),/$(BUILD))
O       := $(B)/obj
VERSION := $(shell sed -n 's/^\#define ND_VERSION "\(.*\)"/\1/p' include/newsdup.h 2>/dev/null)

# ---- flags: CFLAGS, CPPFLAGS, LDFLAGS are the user's, all_* is what the compiler gets ----------

ifeq ($(BUILD)-$(origin CC),fuzz-default)
CC  := clang
CXX := clang++
endif
PKG_CONFIG ?= pkg-config
OBJCOPY    ?= objcopy

# gcc's -Wmaybe-uninitialized is often wrong in instrumented code.
no_guess  := $(if $(findstring clang,$(CC)),,-Wno-maybe-uninitialized)
fsan_asan := -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer $(no_guess)
fsan_tsan := -fsanitize=thread -fno-omit-frame-pointer $(no_guess)
fsan_fuzz := $(fsan_asan) -fsanitize=fuzzer-no-link
fsan_cov  := --coverage
opt_debug := -Og
opt_asan  := -O1
opt_tsan  := -O1
opt_cov   := -O0
fsan      := $(fsan_$(BUILD))

CFLAGS ?= $(or $(opt_$(BUILD)),-O2) -g
# Optimisation of the hot layers, text, sketch and index, when it should differ: HOT=-O3
HOT    ?=
ifeq ($(BUILD),release)
HARDEN    ?= -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
HARDEN_LD ?= -pie -Wl,-z,relro,-z,now
# The programs are optimised as a whole; fat objects, so that tests and users of the library need not be.
LTO       ?= $(if $(findstring clang,$(CC)),,-flto=auto -ffat-lto-objects)
no_lto    := $(if $(LTO),-fno-lto)
endif

# What the library needs, what the programs need besides, and the tests.
lib_pkgs  := icu-i18n icu-uc libpsl libxxhash lmdb libzstd simdjson
prog_pkgs := libuv zlib inih
pkg        = $(shell $(PKG_CONFIG) $(1) 2>/dev/null)
pkg_libs   = $(foreach p,$(1),$(or $(call pkg,--libs $(p)),-l$(p:lib%=%)))
pkg_cflags = $(foreach p,$(1),$(call pkg,--cflags $(p)))
pkg_found := $(call pkg,--modversion $(filter-out simdjson,$(lib_pkgs)) $(prog_pkgs))

all_cppflags := -Iinclude -Ilib -I. -D_GNU_SOURCE \
	$(sort $(call pkg_cflags,$(lib_pkgs) $(prog_pkgs))) $(CPPFLAGS)
warn         := -Wall -Wextra -Wshadow -Wpointer-arith -Wvla $(if $(WERROR),-Werror)
warn_c       := -Wstrict-prototypes -Wmissing-prototypes
# gcc 12 takes what it made of a loop itself, an address counted from 0, for an access to NULL, the function for one
# without effect, and drops its calls (local-pure-const after ivopts: names_undo, at link time). Not without this:
common       := -fno-delete-null-pointer-checks $(warn) $(HARDEN) $(fsan) -pthread
all_cflags   := -std=gnu11 $(common) $(warn_c) $(CFLAGS) $(LTO)
all_cxxflags := -std=c++17 -fno-exceptions -fno-rtti $(common) $(CFLAGS) $(LTO)
all_ldflags  := $(HARDEN_LD) $(fsan) -pthread -Wl,--as-needed $(LDFLAGS)
lib_libs     := $(call pkg_libs,$(lib_pkgs)) -lstdc++ -lm
all_libs     := $(call pkg_libs,$(prog_pkgs)) $(lib_libs) $(LDLIBS)

# ---- what there is to build ---------------------------------------------------------------------

objs = $(patsubst %,$(O)/%.o,$(basename $(1)))

mains    := daemon/newsdup.c daemon/newsdupd.c
client_o := $(call objs,$(sort $(wildcard lib/client/*.c)))
lib_o    := $(filter-out $(client_o),$(call objs,$(sort $(wildcard lib/*.c lib/*/*.c lib/*/*.cc)))) \
	$(patsubst lib/text/data/%.txt,$(O)/data/%.o,$(sort $(wildcard lib/text/data/*.txt)))
daemon_o := $(call objs,$(sort $(filter-out $(mains),$(wildcard daemon/*.c))))
unit_o   := $(call objs,$(sort $(filter-out tests/unit/test_%,$(wildcard tests/unit/*.c))))
bench_o  := $(call objs,$(sort $(filter-out tests/bench/bench_%,$(wildcard tests/bench/*.c))))

lib      := $(B)/libnewsdup.a
client   := $(if $(client_o),$(B)/libnewsdup_client.a)
daemon   := $(if $(daemon_o),$(O)/libdaemon.a)
programs := $(patsubst daemon/%.c,$(B)/%,$(wildcard $(mains)))
units    := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/unit/test_*.c)))
fuzzers  := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
examples := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/examples/*.c)))
benches  := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/bench/bench_*.c)))
faults   := $(B)/tests/faults.so # preloaded by tests: calls that fail
scripted := $(sort $(wildcard tests/integration/test_*.sh tests/integration/test_*.py))
tested   := $(programs) $(faults) $(units) $(fuzzers) $(examples) $(benches) # benchmarks only so that they compile

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all check check-only torture golden-store demo bench fuzz fuzz-only format lint cov install uninstall clean \
	help need FORCE

all: $(lib) $(client) $(programs) ## build the library and the programs

need: # a clear word before the compiler's errors
	@$(if $(pkg_found),:,echo "a library is missing: run scripts/setup" >&2; exit 1)

# ---- rules --------------------------------------------------------------------------------------

say   = $(if $(V),,@printf '  %-5s %s\n' $(1) $@;)
# Rewrites $@ only when the text differs: what depends on it is rebuilt when the text changes.
stamp = @mkdir -p $(@D); echo '$(1)' | cmp -s - $@ || echo '$(1)' >$@
ar    = $(call say,AR)rm -f $@; $(AR) rcs $@ $(filter %.o,$^)
link  = $(call say,LD)mkdir -p $(@D); \
	$(CC) $(all_ldflags) $(1) -o $@ $(filter %.o %.a,$^) $(2) $(all_libs)

$(O)/flags: FORCE | need
	$(call stamp,$(CC) $(CXX) $(all_cppflags) $(all_cflags) $(HOT) $(LTO) $(no_lto) $(all_ldflags) $(all_libs))

$(O)/sources: FORCE
	$(call stamp,$(lib_o) $(client_o) $(daemon_o) $(unit_o) $(bench_o))

$(O)/lib/text/%.o $(O)/lib/sketch/%.o $(O)/lib/index/%.o: extra = $(HOT)
$(O)/tests/%.o: extra = -Wno-unused-parameter -Wno-missing-prototypes

$(O)/%.o: %.c $(O)/flags
	$(call say,CC)mkdir -p $(@D); $(CC) $(all_cppflags) $(all_cflags) $(extra) -MMD -MP -c -o $@ $<

# Data files of lib/text/data as arrays of bytes.
data   := $(sort $(wildcard lib/text/data/*.txt))
data_c := $(patsubst lib/text/data/%.txt,$(O)/data/%.c,$(data))

$(O)/data/%.c: lib/text/data/%.txt
	$(call say,DATA)mkdir -p $(@D); { echo '#include "text/rules_data.h"'; \
		echo 'const unsigned char rules_data_$*[] = {'; od -An -v -tu1 $< | sed 's/  */,/g; s/^,//; s/$$/,/'; \
		echo '0 };'; echo 'const size_t rules_data_$*_len = sizeof(rules_data_$*) - 1;'; } >$@

$(data_c:%.c=%.o): %.o: %.c $(O)/flags
	$(call say,CC)$(CC) $(all_cppflags) $(all_cflags) -c -o $@ $<

$(O)/%.o: %.cc $(O)/flags
	$(call say,CXX)mkdir -p $(@D); $(CXX) $(all_cppflags) $(all_cxxflags) -MMD -MP -c -o $@ $<

$(lib): $(lib_o) $(O)/sources
	$(ar)

# What only a compiler of the same version can read leaves what users link.
strip_lto := --remove-section='.gnu.lto_*' --remove-section='.gnu.debuglto_*'

# One object that shows nd_client_* alone: the program that links it may have a buf_add of its own.
$(client): $(client_o) $(O)/lib/base/buf.o $(O)/sources
	$(call say,AR)rm -f $@; $(LD) -r -o $(O)/client.o $(filter %.o,$^) && \
		$(OBJCOPY) --wildcard $(strip_lto) --keep-global-symbol='nd_client_*' $(O)/client.o && \
		$(AR) rcs $@ $(O)/client.o

$(O)/libdaemon.a: $(daemon_o) $(O)/sources
	$(ar)

$(programs): $(B)/%: $(O)/daemon/%.o $(daemon) $(client) $(lib) $(O)/flags
	$(call link,$(LTO))

$(units): $(B)/%: $(O)/%.o $(unit_o) $(daemon) $(client_o) $(lib) $(O)/flags
	$(call link,$(no_lto),$(call pkg_libs,cmocka))

$(examples): $(B)/%: $(O)/%.o $(client) $(O)/flags # against the client alone, as its users do
	$(call say,LD)mkdir -p $(@D); $(CC) $(all_ldflags) $(no_lto) -o $@ $(filter %.o %.a,$^)

# private: what it links must not be taken for built with other flags
$(B)/tests/unit/test_index_faults: private all_ldflags += $(foreach f,malloc calloc realloc aligned_alloc \
	store_reader_get store_reader_renew,-Wl,--wrap=$(f))

$(B)/tests/unit/test_commit $(B)/tests/unit/test_session: private all_ldflags += -Wl,--wrap=nd_store_commit

$(B)/tests/unit/test_client_lost: private all_ldflags += -Wl,--wrap=link_sleep

$(benches): $(B)/%: $(O)/%.o $(bench_o) $(daemon) $(client) $(lib) $(O)/flags
	$(call link,$(LTO))

$(faults): tests/faults/faults.c
	$(call say,LD)mkdir -p $(@D); $(CC) -std=gnu11 -O1 -g -Wall -Wextra -D_GNU_SOURCE -fPIC -shared -o $@ $< -ldl

ifeq ($(BUILD),fuzz)
$(fuzzers): $(B)/%: $(O)/%.o $(daemon) $(client) $(lib) $(O)/flags
	$(call link,-fsanitize=fuzzer)
else
$(fuzzers): $(B)/%: $(O)/%.o $(O)/tests/fuzz/replay.o $(daemon) $(client) $(lib) $(O)/flags
	$(call link,$(no_lto))
endif

-include $(shell find $(O) -name '*.d' 2>/dev/null)

# ---- tests and tools ----------------------------------------------------------------------------

env = NEWSDUP='$(CURDIR)/$(B)/newsdup' BUILD_DIR='$(CURDIR)/$(B)'

check: ## set up, build, run all tests (ONLY='name*' picks some)
	@scripts/setup
	@$(MAKE) --no-print-directory check-only

check-only: all $(tested) ## the same without the set-up
	@$(env) ONLY='$(ONLY)' scripts/run_tests scripts/check_layers $(units) $(fuzzers) $(scripted)

KILLS ?= 200
torture: all ## kill the daemon under load at KILLS random moments; SEED=n takes those of another run
	@$(env) KILLS='$(KILLS)' SEED='$(SEED)' python3 tests/integration/test_torture.py

golden-store: all ## write tests/data/golden-store.* anew, for a new profile or format of the store
	@$(env) UPDATE_GOLDEN=1 python3 tests/integration/test_golden_store.py

demo: ## set up, build, show what it does
	@scripts/setup
	@$(MAKE) --no-print-directory all
	@scripts/demo $(B)/newsdup

bench: all $(benches) ## build and measure
	@$(env) scripts/bench

fuzz: ## fuzz every target for FUZZ_SECONDS (clang)
	@$(MAKE) --no-print-directory BUILD=fuzz fuzz-only

fuzz-only: $(fuzzers)
	@for f in $^; do n=$${f##*/fuzz_}; mkdir -p $(B)/found/$$n; echo "== $$n"; \
		$$f -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=$(B)/found/$$n- \
			$(B)/found/$$n tests/fuzz/corpus/$$n || exit 1; \
	done

cov: ## run the tests and print the coverage of lib/ and daemon/ by file
	@find build/cov -name '*.gcda' -delete 2>/dev/null || :
	@$(MAKE) --no-print-directory BUILD=cov check-only
	@find build/cov/obj/lib build/cov/obj/daemon -name '*.gcda' 2>/dev/null | xargs -r gcov -nr | \
	awk -F"[':% ]+" '/^File/ { f = $$2 } /^Lines/ && f ~ /\.cc?$$/ && !seen[f]++ { \
		printf "%6.1f%% of %5d  %s\n", $$3, $$5, f; hit += $$3 * $$5 / 100; all += $$5 } \
		END { if (all) printf "%6.1f%% of %5d  ~ all\n", 100 * hit / all, all }' | sort -k4

c_files = $(wildcard include/*.h lib/*.[ch] lib/*/*.[ch] lib/*/*.cc daemon/*.[ch] tests/*/*.[ch])

format: ## clang-format every C file in place
	clang-format -i $(c_files)

lint: ## layers, clang-tidy (or cppcheck), shellcheck; skips what is not installed
	@scripts/check_layers
	@if command -v clang-tidy >/dev/null; then clang-tidy --quiet $(tidy) \
		$(filter lib/%.c daemon/%.c,$(c_files)) -- -std=gnu11 $(all_cppflags); \
	elif command -v cppcheck >/dev/null; then cppcheck -q --enable=warning,portability \
		--inline-suppr --error-exitcode=1 -Iinclude -Ilib -I. lib daemon; \
	else echo "skipped: no clang-tidy, no cppcheck"; fi
	@if command -v shellcheck >/dev/null; then \
		shellcheck .ci/run $$(grep -lE '^\#!.*sh$$' scripts/* tests/integration/* 2>/dev/null); \
	else echo "skipped: no shellcheck"; fi

# Left out: what forbids idioms that are this code's own (!strcmp, products that a limit bounds, strings with a length and
# no NUL, arrays of pointers), and what clang 14 tells wrongly of every va_list.
tidy := --warnings-as-errors='*' --checks='-*,clang-analyzer-*,bugprone-*,$\
	-bugprone-easily-swappable-parameters,-bugprone-narrowing-conversions,$\
	-bugprone-reserved-identifier,-bugprone-assignment-in-if-condition,$\
	-bugprone-suspicious-string-compare,-bugprone-implicit-widening-of-multiplication-result,$\
	-bugprone-not-null-terminated-result,-bugprone-sizeof-expression,-clang-analyzer-valist.Uninitialized,$\
	-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling'

# ---- install ------------------------------------------------------------------------------------

P       = $(DESTDIR)$(PREFIX)
man_dir = $(P)/share/man/man$(subst .,,$(suffix $(1)))
man     = $(wildcard daemon/*.[1578])

install: all ## install into DESTDIR and PREFIX
	install -d $(P)/bin $(P)/include $(P)/lib/pkgconfig
	$(if $(programs),install $(programs) $(P)/bin)
	install -m 644 include/newsdup.h include/newsdup_store.h $(P)/include
	install -m 644 $(lib) $(P)/lib
	$(OBJCOPY) $(strip_lto) $(P)/lib/$(notdir $(lib))
	printf '%s\n' 'prefix=$(PREFIX)' 'Name: newsdup' \
		'Description: tells what of a news article has been seen before' \
		'Version: $(VERSION)' 'Requires: $(lib_pkgs)' 'Cflags: -I$${prefix}/include' \
		'Libs: -L$${prefix}/lib -lnewsdup -lstdc++ -lm -pthread' >$(P)/lib/pkgconfig/newsdup.pc
	chmod 644 $(P)/lib/pkgconfig/newsdup.pc
	$(foreach m,$(man),install -D -m 644 -t $(call man_dir,$(m)) $(m);)

uninstall: ## remove what install put there
	rm -f $(P)/bin/newsdup $(P)/bin/newsdupd $(P)/include/newsdup.h $(P)/include/newsdup_store.h $(P)/lib/libnewsdup.a \
		$(P)/lib/pkgconfig/newsdup.pc $(foreach m,$(man),$(call man_dir,$(m))/$(notdir $(m)))

clean: ## remove build/
	rm -rf build

# What a program that asks the daemon needs: the C library, which is of no use for newsdup.h, and Python's.
python = $(notdir $(wildcard scripts/newsdup_*.py))

.PHONY: install-client uninstall-client
install: install-client
uninstall: uninstall-client

install-client: all
	install -d $(P)/include $(P)/lib/pkgconfig $(P)/share/newsdup
	install -m 644 include/newsdup_client.h $(P)/include
	install -m 644 $(client) $(P)/lib
	install -m 644 $(python:%=scripts/%) $(P)/share/newsdup
	install -D -m 644 -t $(P)/share/newsdup/rules $(data)
	printf '%s\n' 'prefix=$(PREFIX)' 'Name: newsdup-client' \
		'Description: asks newsdupd over its socket; needs libc alone' 'Version: $(VERSION)' \
		'Cflags: -I$${prefix}/include' 'Libs: -L$${prefix}/lib -lnewsdup_client' \
		>$(P)/lib/pkgconfig/newsdup-client.pc
	chmod 644 $(P)/lib/pkgconfig/newsdup-client.pc

uninstall-client:
	rm -f $(P)/include/newsdup_client.h $(P)/lib/libnewsdup_client.a \
		$(P)/lib/pkgconfig/newsdup-client.pc $(python:%=$(P)/share/newsdup/%) \
		$(data:lib/text/data/%=$(P)/share/newsdup/rules/%)

# What a machine that runs the daemon needs besides. A configuration is never overwritten, nor removed when
# it was changed.
units_dir = $(P)/lib/systemd/system
users     = $(P)/lib/sysusers.d/newsdup.conf
complete  = $(P)/share/bash-completion/completions
etc       = $(DESTDIR)/etc/newsdup

.PHONY: install-service uninstall-service
install: install-service
uninstall: uninstall-service

install-service:
	install -D -m 644 -t $(units_dir) systemd/newsdupd.socket
	sed 's,@PREFIX@,$(PREFIX),' systemd/newsdupd.service >$(units_dir)/newsdupd.service
	chmod 644 $(units_dir)/newsdupd.service
	install -D -m 644 systemd/newsdup.sysusers $(users)
	install -D -m 644 scripts/completion.bash $(complete)/newsdup
	ln -sf newsdup $(complete)/newsdupd
	install -d $(etc)/conf.d
	[ -e $(etc)/newsdup.conf ] || install -m 644 systemd/newsdup.conf $(etc)

uninstall-service:
	rm -f $(units_dir)/newsdupd.socket $(units_dir)/newsdupd.service $(users) $(complete)/newsdup \
		$(complete)/newsdupd
	! cmp -s systemd/newsdup.conf $(etc)/newsdup.conf || rm -f $(etc)/newsdup.conf
	rmdir --ignore-fail-on-non-empty $(etc)/conf.d $(etc) 2>/dev/null || :

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' Makefile | while IFS='|' read -r t h; do \
		printf '  %-12s %s\n' "$$t" "$$h"; done
	@echo 'variables: BUILD=release|debug|asan|tsan|cov|fuzz  WERROR=1  V=1  HOT=-O3  ONLY=glob'
	@echo '           PREFIX DESTDIR CC CXX CFLAGS CPPFLAGS LDFLAGS HARDEN LTO FUZZ_SECONDS KILLS SEED'
