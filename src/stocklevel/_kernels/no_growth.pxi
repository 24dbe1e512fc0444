# For families whose sums over time have no customers behind them: nothing grows.
from stocklevel._kernels.measures cimport Lanes

cdef enum:
    GROWS = 0


cdef inline void growth_lanes(const Prepared* rows, const double* x, Lanes* value) noexcept nogil:
    pass


cdef inline void grown_lanes(const Prepared* rows, const double* x, Lanes* value, Lanes* growth) noexcept nogil:
    pass


cdef inline void density_growth_lanes(const Prepared* rows, const double* x, double* out) noexcept nogil:
    pass


cdef inline void growth_neighbour_lanes(const Prepared* rows, const double* k, const double* pace, bint up,
                                        double* mass, double* growth) noexcept nogil:
    pass


cdef inline void jump_tails(const Prepared* rows, const double* sf, const double* level, const double* width,
                            double* out) noexcept nogil:
    pass


cdef struct Quick:
    double unused


cdef inline void prepare_quick(const Prepared* rows, Quick* quick) noexcept nogil:
    pass


cdef inline void quick_density_lanes(const Prepared* rows, const Quick* quick, const double* x,
                                     double* out) noexcept nogil:
    density_lanes(rows, x, out)
