"""Build the compiled kernels; everything else is declared in pyproject.toml."""

from __future__ import annotations

import os
import platform
import shlex
import shutil
import subprocess
import sysconfig
import tempfile
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

KERNELS = Path("src/stocklevel/_kernels")
DIRECTIVES = {
    "language_level": 3,
    "boundscheck": False,
    "wraparound": False,
    "cdivision": True,
    "initializedcheck": False,
}
# Errno and trap handling keep loops out of vector lanes; results stay IEEE (never -ffast-math).
GCC_LIKE_FLAGS = ["-O3", "-fno-math-errno", "-fno-trapping-math"]
# gcc unrolls a loop over 16 rows into scalars, and merges a big function into its only caller, before it looks
# for vectors (twice the time); it makes memcpy of a loop that copies 16 rows, in pieces that a load of more than
# one has to wait for (half the time of a short formula).  clang knows none of the flags
LANE_FLAGS = [
    "--param=max-completely-peel-times=8",
    "-fno-inline-functions-called-once",
    "-fno-tree-loop-distribute-patterns",
]
VARIANT_FLAGS = {
    "v3": ["-march=x86-64-v3"],
    "v4": ["-march=x86-64-v4", "-mprefer-vector-width=512"],
}
# a seed gives the same numbers in every variant: no sum and product in one rounding
OWN_FLAGS = {name: ["-ffp-contract=off"] for name in ("simulation", "lost_play")}
SHARED = "stocklevel._kernels.memoryviews"
ONCE = ("processor", "memoryviews")  # the first asks which variant can run


class BuildKernels(build_ext):
    """Plain flags for MSVC, the loop-friendly ones for gcc and clang."""

    def finalize_options(self) -> None:
        super().finalize_options()
        self.parallel = self.parallel or os.cpu_count()

    def build_extensions(self) -> None:
        if self.compiler.compiler_type != "msvc":
            lanes = [flag for flag in LANE_FLAGS if accepts(flag, "-Werror")]
            for extension in self.extensions:
                own = OWN_FLAGS.get(extension.name.rpartition(".")[2], [])
                flags = [*GCC_LIKE_FLAGS, *lanes, *own, *extension.extra_compile_args]
                extension.extra_compile_args = flags
                # gcc leaves `cdef inline` calls inside the loop unless told (12 ns instead of 2)
                extension.define_macros += [
                    ("CYTHON_INLINE", "inline __attribute__((always_inline))")
                ]
        super().build_extensions()


def accepts(*flags: str) -> bool:
    """Whether the C compiler takes the flags (the platform's name does not tell)."""
    compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "probe.c")
        source.write_text("int main(void) { return 0; }\n")
        command = [*compiler, *flags, "-c", str(source), "-o", str(Path(folder, "probe.o"))]
        try:
            return subprocess.run(command, capture_output=True, check=False).returncode == 0
        except OSError:
            return False


def variants(plain: list[Extension]) -> list[Extension]:
    """The same C files for newer processors; copies, since objects of one C file would be mixed up."""
    if platform.machine() not in ("x86_64", "AMD64") or os.name == "nt":
        return []
    found = []
    for variant, flags in VARIANT_FLAGS.items():
        if not accepts(*flags):
            continue
        for extension in plain:
            *package, name = extension.name.split(".")
            if name in ONCE:
                continue
            copy = Path("build/cython", variant, f"{name}.c")
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(extension.sources[0], copy)
            found.append(
                Extension(
                    ".".join([*package, variant, name]),
                    [str(copy)],
                    define_macros=[("SL_VARIANT", f'"{variant}"')],
                    extra_compile_args=flags,
                )
            )
    return found


def shared_files_changed() -> bool:
    """Whether a .pxd or .pxi is newer than generated C; cythonize follows only the .pyx of a src layout."""
    generated = [path.stat().st_mtime for path in Path("build/cython").rglob("*.c")]
    shared = [path.stat().st_mtime for path in KERNELS.glob("*.px[di]")]
    return not generated or max(shared) > min(generated)


def extensions() -> list[Extension]:
    """One extension per .pyx; the shared .pxd and .pxi files are dependencies of each."""
    shared = sorted(str(path) for path in KERNELS.glob("*.px[di]"))
    kernels = [
        Extension(f"stocklevel._kernels.{path.stem}", [str(path)], depends=shared)
        for path in sorted(KERNELS.glob("*.pyx"))
    ]
    # what Cython needs for memoryviews, once instead of in every module
    return [Extension(SHARED, [f"build/cython/{SHARED.rpartition('.')[2]}.c"]), *kernels]


PLAIN = cythonize(
    extensions(),
    include_path=["src"],
    compiler_directives=DIRECTIVES,
    build_dir="build/cython",
    force=shared_files_changed(),
    shared_utility_qualified_name=SHARED,
)

setup(
    ext_modules=[*PLAIN, *variants(PLAIN)],
    cmdclass={"build_ext": BuildKernels},
)
