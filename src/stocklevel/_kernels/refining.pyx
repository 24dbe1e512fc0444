"""Smooth tables of demand, from probabilities on a lattice and on one half as wide.

What follows from probabilities that were rounded to a lattice such that their mean stays errs with the square of its
step.  Of two steps the error of one is told, and taken off.
"""

include "variant.pxi"


cdef inline double _refined(double fine, double coarse, double weight) noexcept nogil:
    # Richardson: errors fall with the square of the step, a weight of 4/3 (other weights near singular densities)
    cdef double value = coarse + weight * (fine - coarse)
    return value if value > 0.0 or fine != fine else 0.0


cdef void _upper(const double* fine, const double* coarse, Py_ssize_t n, double weight,
                 double[:, ::1] out, Py_ssize_t at) noexcept nogil:
    # density, P(K > k) and E(K - k)+ at the nodes of the coarse lattice, from both
    cdef double fine_above = 0.0, fine_over = 0.0, above = 0.0, over = 0.0
    cdef Py_ssize_t k, j
    for j in range(2 * n - 2, -1, -1):
        fine_over += fine_above
        if j % 2 == 0:
            k = j // 2
            over += above
            out[0, at + k] = _refined(2.0 * fine[j], coarse[k], weight)
            out[2, at + k] = _refined(fine_above + 0.5 * fine[j], above + 0.5 * coarse[k], weight)
            out[3, at + k] = _refined(0.5 * fine_over, over, weight)
            above += coarse[k]
        fine_above += fine[j]


cdef void _lower(const double* fine, const double* coarse, Py_ssize_t n, double weight,
                 double[:, ::1] out, Py_ssize_t at) noexcept nogil:
    # P(K <= k) and E(k - K)+ likewise
    cdef double fine_below = 0.0, fine_left = 0.0, below = 0.0, left = 0.0
    cdef Py_ssize_t k, j
    for j in range(2 * n - 1):
        fine_left += fine_below
        if j % 2 == 0:
            k = j // 2
            left += below
            out[1, at + k] = _refined(fine_below + 0.5 * fine[j], below + 0.5 * coarse[k], weight)
            out[4, at + k] = _refined(0.5 * fine_left, left, weight)
            below += coarse[k]
        fine_below += fine[j]


def nodes(const double[::1] fine, const long long[::1] fine_offsets, const double[::1] coarse,
          const long long[::1] offsets, const double[::1] atom, const double[::1] weight,
          double[:, ::1] out):
    """Fill out with the values of smooth tables, from probabilities on their lattice and on one half as wide.

    The atom is the probability of the first node, the weight that of the finer lattice.
    """
    cdef Py_ssize_t i, k, at, n
    cdef double rise, bend
    with nogil:
        for i in range(offsets.shape[0] - 1):
            at, n = offsets[i], offsets[i + 1] - offsets[i]
            _upper(&fine[fine_offsets[i]], &coarse[at], n, weight[i], out, at)
            _lower(&fine[fine_offsets[i]], &coarse[at], n, weight[i], out, at)
            out[1, at], out[2, at], out[4, at] = atom[i], 1.0 - atom[i], 0.0
            out[2, at + n - 1] = out[3, at + n - 1] = 0.0
            if n > 2:
                out[0, at] = 2.0 * out[0, at + 1] - out[0, at + 2]
                out[0, at] = out[0, at] if out[0, at] > 0.0 else 0.0
            out[5, at + n - 1] = out[6, at] = 0.0
            for k in range(at + n - 2, at - 1, -1):  # the integral of the cubic between two nodes
                rise = out[3, k] - out[3, k + 1] - out[2, k + 1]
                bend = out[2, k] - out[2, k + 1]
                out[5, k] = out[5, k + 1] + out[3, k + 1] + 0.5 * out[2, k + 1] + 0.5 * rise - bend / 12.0
            for k in range(at, at + n - 1):
                rise = out[4, k + 1] - out[4, k] - out[1, k]
                bend = out[1, k + 1] - out[1, k]
                out[6, k + 1] = out[6, k] + out[4, k] + 0.5 * out[1, k] + 0.5 * rise - bend / 12.0
