# From the settings of a row to its run, and from the lanes to what is answered.

cdef enum:  # columns of what a row orders by
    AT_TRIGGER = 0
    AT_LEVEL = 1
    AT_MULTIPLE = 2
    AT_CHANCE = 3
    AT_REVIEW = 4
    AT_LEAD = 5
    AT_START = 6
    SETTINGS = 7
    KEPT = 1024  # answers until they are handed out


cdef bint _known(const double* settings) noexcept nogil:
    cdef int i
    for i in range(AT_START):
        if settings[i] != settings[i]:
            return False
    return True


cdef void _leave_unknown(double[:, :] value, double[:, :] error, Py_ssize_t row) noexcept nogil:
    cdef int k
    for k in range(MEASURES):
        value[k, row] = error[k, row] = NAN


cdef void _read(Item* item, const double* settings, bint whole, bint lost, bint per_review) noexcept nogil:
    item.trigger, item.level, item.multiple = settings[AT_TRIGGER], settings[AT_LEVEL], settings[AT_MULTIPLE]
    item.chance, item.review = settings[AT_CHANCE], <long long>settings[AT_REVIEW]
    item.lead, item.times = settings[AT_LEAD], NULL
    item.whole, item.lost, item.per_review = whole, lost, per_review


cdef bint _begin(Run* run, const double[:, ::1] every, const long long* spans, bint whole, bint lost, bint per_review,
                 uint64_t key, Py_ssize_t row, Py_ssize_t replication) noexcept nogil:
    # False where a setting is unknown
    cdef Stream chance
    cdef State state
    cdef double settings[7]
    cdef int i
    for i in range(SETTINGS):
        settings[i] = every[i, row]
    if not _known(settings):
        return False
    _read(&run.item, settings, whole, lost, per_review)
    run.start, run.given, run.next, run.row = settings[AT_START], NULL, NULL, row
    if run.start != run.start:
        open_stream(&chance, key, row, replication, 1)
        start(&run.item, &state, &chance, run.start)
        run.start = state.net
    run.warm, run.periods, run.batches = spans[0], spans[1], spans[2]
    return True


cdef void _answer_lanes(const Run* runs, const double* counts, Py_ssize_t batches, int count,
                        double* answers) noexcept nogil:
    # measures of lanes that are rows of one replication, and their errors
    cdef double own[16]
    cdef int j
    for j in range(LANES):
        own[j] = <double>runs[j if j < count else 0].batches
    estimate_lanes(counts, LANES, batches, own, runs[0].item.per_review, answers,
                   answers + MEASURES * LANES)


cdef void _hand_out(const double* answers, const long long* rows, Py_ssize_t groups, double* value, double* error,
                    Py_ssize_t step) noexcept nogil:
    # answers of lanes to where the rows stand, `step` from one measure to the next; -1 where a lane was empty
    cdef Py_ssize_t i, row
    cdef long long astray
    cdef const double* lanes
    cdef int k, j
    for k in range(MEASURES):
        for i in range(groups):
            lanes, row = answers + (2 * i * MEASURES + k) * LANES, rows[i * LANES]
            astray = 0
            for j in range(LANES):
                astray |= rows[i * LANES + j] ^ (row + j)
            if astray == 0:  # one after the other
                memcpy(value + k * step + row, lanes, LANES * sizeof(double))
                memcpy(error + k * step + row, lanes + MEASURES * LANES, LANES * sizeof(double))
                continue
            for j in range(LANES):
                row = rows[i * LANES + j]
                if row >= 0:
                    value[k * step + row], error[k * step + row] = lanes[j], lanes[MEASURES * LANES + j]


cdef void _keep(const Run* run, int lane, const double* counts, double* kept) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(run.batches * COUNTS):
        kept[i] = counts[i * LANES + lane]
