# For families of which no level is found but by the search of levels.pxi.
cdef enum:
    SWIFT = 0


cdef struct Swift:
    float nothing


cdef inline void swift_begin(const Prepared* rows, const double* width, const double* allowed, int at,
                             Swift* swift) noexcept nogil:
    pass


cdef inline void swift_levels(Swift* swift) noexcept nogil:
    pass


cdef inline void swift_end(const Prepared* rows, const double* width, const double* allowed, int at,
                           const Swift* swift, double* answer, double* found) noexcept nogil:
    pass
