# For families whose levels are searched from where starts.pxi begins.
cdef enum:
    REFINES = 0


cdef inline void _refine(int measure, int law, int groups, const _Horizon* sooner, const _Horizon* later,
                         const double* const* width, _Search* rows) noexcept nogil:
    pass
