"""Renewal masses of ragged tables: how often a sum of demands, started anew at each order, stands at each level."""
include "variant.pxi"


def masses(const long long[::1] starts, const double[::1] steps, const double[::1] moves, double[::1] out):
    """Fill out with m(j), the expected number of reviews that find the sum at j, row by row.

    Row i of steps, probabilities or rates of a step of 0, 1, 2, ..., lies between starts[i] and starts[i+1]; moves[i]
    is the probability or total rate of a step above 0.  m(0) = 1/moves, m(j) = sum_{i=1..j} steps(i) m(j-i)/moves
    (Zheng & Federgruen 1991).
    """
    cdef Py_ssize_t row, n, i, j
    cdef const double* p
    cdef double* m
    cdef double share, found
    with nogil:
        for row in range(moves.shape[0]):
            n = starts[row + 1] - starts[row]
            if n == 0:
                continue
            p = &steps[starts[row]]
            m = &out[starts[row]]
            share = 1.0 / moves[row]
            m[0] = 1.0
            for j in range(1, n):
                m[j] = 0.0
            for j in range(n):  # every found m(j) goes out to all later ones: no sum waits for its last term
                found = m[j] * share
                m[j] = found
                if found != 0.0:
                    for i in range(1, n - j):
                        m[j + i] += p[i] * found
