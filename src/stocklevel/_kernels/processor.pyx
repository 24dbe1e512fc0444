"""What the processor can do."""

cdef extern from *:
    """
    #if defined(__x86_64__) && defined(__GNUC__)
    static int sl_level(void) {
        __builtin_cpu_init();
        if (!(__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")
              && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2"))) return 0;
        return (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
                && __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq")
                && __builtin_cpu_supports("avx512vl")) ? 4 : 3;
    }
    #else
    static int sl_level(void) { return 0; }
    #endif
    """
    int sl_level() noexcept nogil


def level():
    """Level of x86-64 that the processor has, 3 or 4; 0 for any other."""
    return sl_level()
