# All rows at a glance: what is wrong or special in any, and how long their cycles are. No branches, for vector lanes.

cdef inline double _larger(double a, double b) noexcept nogil:
    # of two numbers, or the one that is not NaN
    return a if a > b or b != b else b


def survey(double[:, ::1] settings, const long long[::1] lead_row, bint from_top):
    """Of any of the rows: settings against a rule of backorders, what is not plain, lead times, reviews, kinds differ.

    Plain are whole fixed lead times, and reviews every R >= 1 periods that all take place. With from_top, rows
    whose stock at the start is unknown start from the highest position.
    """
    cdef Py_ssize_t n = settings.shape[1], row
    cdef long long wrong = 0, special = 0, leads = 0, reviews = 0, kinds = 0
    if n == 0:
        return False, False, False, False, False
    cdef const double* trigger = &settings[AT_TRIGGER, 0]
    cdef const double* level = &settings[AT_LEVEL, 0]
    cdef const double* multiple = &settings[AT_MULTIPLE, 0]
    cdef const double* chance = &settings[AT_CHANCE, 0]
    cdef const double* review = &settings[AT_REVIEW, 0]
    cdef const double* lead = &settings[AT_LEAD, 0]
    cdef double* start = &settings[AT_START, 0]
    cdef double top
    with nogil:
        for row in range(n):
            wrong |= (fabs(trigger[row]) == INFINITY) | (fabs(level[row]) == INFINITY) | (multiple[row] == INFINITY)
            wrong |= (multiple[row] < 0.0) | ((level[row] < trigger[row]) & (not multiple[row] > 0.0))
            wrong |= (chance[row] <= 0.0) | (chance[row] > 1.0) | (review[row] == INFINITY) | (review[row] < 0.0)
            wrong |= (not _is_whole(review[row])) & (review[row] == review[row])
            special |= (review[row] == 0.0) | (chance[row] < 1.0) | (lead_row[row] >= 0) | (not _is_whole(lead[row]))
            leads |= lead[row] != lead[0]
            reviews |= review[row] != review[0]
            kinds |= (multiple[row] > 0.0) != (multiple[0] > 0.0)
        if from_top:
            for row in range(n):
                top = trigger[row] + multiple[row] if multiple[row] > 0.0 else level[row]
                start[row] = start[row] if start[row] == start[row] else top
    return wrong != 0, special != 0, leads != 0, reviews != 0, kinds != 0


def cycles(const double[:, ::1] settings, const double[::1] longest, const double[::1] rate, double[::1] protection,
           double[::1] cycle):
    """Fill the longest protection interval L + R and the order cycle of every row [periods]."""
    cdef Py_ssize_t n = settings.shape[1], row
    cdef double review, width, long_cycle
    with nogil:
        for row in range(n):
            review = _larger(settings[AT_REVIEW, row], 1.0)
            width = settings[AT_MULTIPLE, row]
            width = width if width > 0.0 else settings[AT_LEVEL, row] - settings[AT_TRIGGER, row]
            long_cycle = width / rate[row]
            protection[row] = _larger(longest[row], 0.0) + review
            cycle[row] = long_cycle if long_cycle < INFINITY and long_cycle > review else review


def count_batches(const double[::1] protection, const double[::1] cycle, const double[::1] warm,
                  const double[::1] measured, long long most, double least_cycles, long long[:, ::1] spans):
    """Fill the spans of every row: warm-up, periods, and a power of two of batches, 32 or `most` of them at most.

    A batch lasts so many protection intervals and order cycles at least.
    """
    cdef Py_ssize_t row
    cdef long long batches
    cdef double room
    with nogil:
        for row in range(spans.shape[0]):
            room = measured[row] / (least_cycles * (protection[row] + cycle[row]))
            batches = 1 + (room >= 2.0) + 2 * (room >= 4.0) + 4 * (room >= 8.0) + 8 * (room >= 16.0)
            batches += 16 * (room >= 32.0)
            spans[row, 0], spans[row, 1] = <long long>warm[row], <long long>measured[row]
            spans[row, 2] = batches if batches < most else most
