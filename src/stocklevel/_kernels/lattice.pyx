"""Position laws on whole units: ragged tables, row i of which lies between starts[i] and starts[i+1]."""
include "variant.pxi"


def masses(const long long[::1] starts, const double[::1] steps, const double[::1] moves, double[::1] out):
    """Fill out with m(j), the expected number of reviews that find the demand since the last order at j.

    Steps are the probabilities, or rates, of a demand of 0, 1, 2, ...; moves those of one above 0.  m(0) = 1/moves,
    m(j) = sum_{i=1..j} steps(i) m(j-i)/moves (Zheng & Federgruen 1991).
    """
    cdef Py_ssize_t row, n, i, j
    cdef const double* p
    cdef double* m
    cdef double share, found
    with nogil:
        for row in range(moves.shape[0]):
            n = starts[row + 1] - starts[row]
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


cdef inline double _shortfall(const double* weights, Py_ssize_t most, const double* table, double alone,
                              Py_ssize_t at) noexcept nogil:
    # in four parts, so that one addition need not wait for the other
    cdef double a = 0.0, b = 0.0, c = 0.0, d = 0.0
    cdef Py_ssize_t j = 0, count = most if most < at + 1 else at + 1
    table += at
    while j + 4 <= count:
        a += weights[j] * table[-j]
        b += weights[j + 1] * table[-j - 1]
        c += weights[j + 2] * table[-j - 2]
        d += weights[j + 3] * table[-j - 3]
        j += 4
    while j < count:
        a += weights[j] * table[-j]
        j += 1
    return alone + ((a + b) + (c + d))


def least(const long long[::1] starts, const double[::1] weights, const long long[::1] places,
          const double[::1] table, const long long[::1] levels, const double[::1] alone, const double[::1] allowed,
          double[::1] out):
    """Fill out with the number of the first level at which alone + sum_j weights(j) table(level - j) <= allowed.

    Row i of the table, between places[i] and places[i+1], ends with the last of its levels, whose values alone lie
    between levels[i] and levels[i+1]; below its first place the table is 0.  The sum falls from level to level; the
    number of levels says that none is enough.
    """
    cdef Py_ssize_t row, low, high, middle, count, first
    cdef double limit, value
    with nogil:
        for row in range(allowed.shape[0]):
            count = levels[row + 1] - levels[row]
            first = places[row + 1] - places[row] - count
            limit = allowed[row] * (1.0 + 4e-15)  # rounding of the sum
            low, high = -1, count
            while high - low > 1:
                middle = (low + high) // 2
                value = _shortfall(&weights[starts[row]], starts[row + 1] - starts[row], &table[places[row]],
                                   alone[levels[row] + middle], first + middle)
                if value <= limit:
                    high = middle
                else:
                    low = middle
            out[row] = high
