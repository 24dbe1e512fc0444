"""The kernels compiled for x86-64-v4, where the compiler can."""
