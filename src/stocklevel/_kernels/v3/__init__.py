"""The kernels compiled for x86-64-v3, where the compiler can."""
