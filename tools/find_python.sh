#!/bin/sh
# Prints a Python that can build stocklevel, or says on stderr what this machine lacks.
# PYTHON names one; otherwise the first complete one of the usual names is taken.

oldest=3.11
names=${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python}
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT

new_enough() {
    "$1" -c 'import sys; raise SystemExit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

has_venv() {
    "$1" -c 'import ensurepip, venv' >/dev/null 2>&1
}

include_dir() {
    "$1" -c 'import sysconfig; print(sysconfig.get_path("include"))'
}

# The compiler that setuptools will call: CC, or the one this Python was built with.
compiler() {
    if [ -n "$CC" ]; then
        echo "$CC"
    else
        "$1" -c 'import sysconfig; print((sysconfig.get_config_var("CC") or "cc").split()[0])'
    fi
}

compiles() {
    printf '%s\n' "$3" >"$scratch/check.c"
    # shellcheck disable=SC2086 # CC may hold a compiler and its flags
    $2 -I "$(include_dir "$1")" -c "$scratch/check.c" -o "$scratch/check.o" >/dev/null 2>&1
}

missing() { # python; prints a line for each thing it lacks
    version=$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    cc=$(compiler "$1")
    has_venv "$1" ||
        echo "the modules venv and ensurepip of Python $version: install python3-venv (python$version-venv)"
    [ -f "$(include_dir "$1")/Python.h" ] ||
        echo "Python.h, the headers of Python $version: install python3-dev (python$version-dev)"
    # shellcheck disable=SC2086
    if ! command -v ${cc%% *} >/dev/null 2>&1; then
        echo "a C compiler ($cc is not there): install gcc and libc6-dev (build-essential), or set CC=cc"
    elif ! compiles "$1" "$cc" '#include <math.h>
#include <stdlib.h>'; then
        echo "the headers of the C library ($cc cannot compile a file with math.h): install libc6-dev"
    fi
}

best=
for name in $names; do
    if command -v "$name" >/dev/null 2>&1 && new_enough "$name"; then
        [ -n "$(missing "$name")" ] || { command -v "$name"; exit 0; }
        best=${best:-$name}
    fi
done

{
    if [ -n "$best" ]; then
        echo "stocklevel cannot be built with $(command -v "$best"). This machine lacks"
        missing "$best" | sed 's/^/  - /'
        echo "(the names are those of Debian and Ubuntu packages; PYTHON=... picks another Python)."
    else
        echo "stocklevel needs Python $oldest or newer, and found none of: $names."
        echo "Install python3, python3-venv and python3-dev (Debian, Ubuntu), or set PYTHON=/path/to/python3."
    fi
} >&2
exit 1
