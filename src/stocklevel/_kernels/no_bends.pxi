# For families of continuous demand whose density has no derivatives at hand.
cdef enum:
    BENDS = 0


cdef inline void slope_lanes(const Prepared* rows, const double* x, const double* density, double* slope,
                             double* bent) noexcept nogil:
    pass
