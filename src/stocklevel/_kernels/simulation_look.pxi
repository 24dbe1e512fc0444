# Given demand at a glance: what is whole, how much, and how large.

cdef inline void _look_at(const double* values, double* added, double* most) noexcept nogil:
    # sums and largest side by side: 1e300 where one is below 0, inf where one is not whole
    cdef double seen
    cdef int j
    for j in range(LANES):  # beyond 2^51 all numbers are whole, and the difference is 0 or NaN
        seen = values[j] if values[j] >= 0.0 else 1e300
        seen = seen if (values[j] + 6755399441055744.0) - 6755399441055744.0 == values[j] else INFINITY
        added[j] += values[j]
        most[j] = seen if seen > most[j] else most[j]


def look(const double[:, ::1] history, unsigned char[::1] whole, double[::1] total, double[::1] peak):
    """Which rows of given demand are whole numbers, their sums, and the largest (1e300 if one is below 0)."""
    cdef double added[16]
    cdef double most[16]
    cdef double rest[16]
    cdef const double* last
    cdef Py_ssize_t row, i, n = history.shape[1]
    cdef int j, left = <int>(n % LANES)
    with nogil:
        for row in range(history.shape[0]):
            memset(added, 0, sizeof(added))
            memset(most, 0, sizeof(most))
            for i in range(n // LANES):
                _look_at(&history[row, i * LANES], added, most)
            if left > 0:
                last = &history[row, n - left]
                for j in range(LANES):
                    rest[j] = last[j] if j < left else 0.0
                _look_at(rest, added, most)
            for j in range(LANES // 2):
                most[j] = max(most[j], most[j + LANES // 2])
            for j in range(1, LANES):
                added[0] += added[j]
            for j in range(1, LANES // 2):
                most[0] = max(most[0], most[j])
            whole[row], total[row], peak[row] = most[0] < INFINITY, added[0], most[0]


def fit_small(const double[:, ::1] settings, const unsigned char[::1] whole, const double[::1] peaks, bint narrow,
              unsigned char[::1] small):
    """Of which rows of given demand single precision holds all numbers: 1; or two bytes, where that is asked: 2."""
    if whole.shape[0] > 0:
        find_small(&settings[0, 0], whole.shape[0], &whole[0], &peaks[0], narrow, &small[0])
