# Runs side by side whose numbers are all whole units and not large: single precision holds them without rounding, so
# that twice as many lanes fit a vector. Same numbers, to the bit, as of the lanes in double precision. Given demand.

cdef enum:
    TILE = 16     # lanes, and periods, that are turned at once
    STEP = 8      # periods of a step, while numbers stand in registers
    ENOUGH = 4     # runs that are played without others beside them
    LARGEST = 131072  # 2^17: sums of STRETCH periods stay below 2^23
    NARROWEST = 4096  # 2^12: twice as much, and sums of eight periods, stay below 2^15
    TWO_BYTES = 2     # of rows: whole numbers of two bytes hold all


cdef struct Small:
    float multiple[16]
    float inverse[16]
    float gap[16]      # from the trigger to the level
    float half[16]     # (multiple + 1)/2; 0 where orders are up to the level
    float below[16]    # position below the trigger, and `half` more
    float net[16]
    float wanted[16]
    float undershoot[16]
    float safety[16]
    float negative[16]  # sum of min(net stock, 0) at the ends of periods
    float before[16]    # and before demand
    float balance[16]   # sum of net stock
    int orders[16]
    int receipts[16]
    int in_time[16]
    int cycles[16]
    int unbroken[16]
    int covered[16]
    int ready[16]
    int no_loss[16]         # lost sales: whether none was lost since the last order came
    int no_loss_in_cycle[16]
    Py_ssize_t lead
    Py_ssize_t until    # periods in all
    Py_ssize_t fetched  # of which are on their way to the cache
    long long review
    long long until_review


cdef inline bint _is_whole(double x) noexcept nogil:
    return (x + 6755399441055744.0) - 6755399441055744.0 == x


cdef inline double farthest(double trigger, double level, double multiple, double start, double cover,
                            double peak) noexcept nogil:
    # from 0 that any position or stock comes, with lead time and review period together and the largest demand
    return fabs(trigger) + fabs(level) + multiple + fabs(start) + (cover + 2.0) * peak


cdef void find_small(const double* settings, Py_ssize_t n, const unsigned char* whole, const double* peaks,
                     bint narrow, unsigned char* small) noexcept nogil:
    # rows of given demand that single precision holds, everything whole, and no position or stock too far from 0; or
    # two bytes
    cdef const double* trigger = settings + AT_TRIGGER * n
    cdef const double* level = settings + AT_LEVEL * n
    cdef const double* multiple = settings + AT_MULTIPLE * n
    cdef const double* review = settings + AT_REVIEW * n
    cdef const double* lead = settings + AT_LEAD * n
    cdef const double* start = settings + AT_START * n
    cdef double largest = <double>NARROWEST if narrow else 0.0
    cdef Py_ssize_t row
    cdef double most
    for row in range(n):
        most = farthest(trigger[row], level[row], multiple[row], start[row], lead[row] + review[row], peaks[row])
        small[row] = (whole[row] & (most < <double>LARGEST) & _is_whole(trigger[row]) & _is_whole(level[row])
                      & _is_whole(multiple[row]) & _is_whole(start[row])) << (most < largest)


cdef inline bint _halves(Py_ssize_t most, Py_ssize_t batches) noexcept nogil:
    # whether batches are so many, or a half, a quarter ...
    while most > batches and most % 2 == 0:
        most //= 2
    return most == batches


cdef inline bint _goes_with(const Run* run, const Run* first) noexcept nogil:
    # whether runs can be played side by side in single precision: of one length, lead time, review period and kind
    return (run.small and run.warm == first.warm and run.periods == first.periods
            and run.item.review == first.item.review and run.item.lead == first.item.lead
            and (run.item.multiple > 0.0) == (first.item.multiple > 0.0))


cdef bint _are_small(const Run* runs, int count, Py_ssize_t most) noexcept nogil:
    # whether all can, and their batches, `most` at most, can be merged
    cdef int j
    for j in range(count):
        if not (_goes_with(&runs[j], &runs[0]) and _halves(most, runs[j].batches)):
            return False
    return True


cdef void _set_up_small(Small* s, const Run* runs, int count) noexcept nogil:
    cdef const Run* run
    cdef int j
    memset(s, 0, sizeof(Small))
    s.fetched = STRETCH  # while the rows before were played
    s.lead, s.review, s.until = <Py_ssize_t>runs[0].item.lead, runs[0].item.review, runs[0].warm + runs[0].periods
    for j in range(LANES):
        run = &runs[j if j < count else 0]
        s.gap[j] = <float>(run.item.level - run.item.trigger)
        s.multiple[j] = <float>run.item.multiple
        s.inverse[j] = <float>(1.0 / run.item.multiple) if run.item.multiple > 0.0 else <float>0.0
        s.half[j] = <float>(0.5 * (run.item.multiple + 1.0)) if run.item.multiple > 0.0 else <float>0.0
        s.net[j] = <float>run.start
        s.no_loss[j] = s.no_loss_in_cycle[j] = 1
        s.below[j] = <float>(run.item.trigger - run.start) + s.half[j]


cdef inline void _shuffle(const float* values, float* into) noexcept nogil:
    # the halves one into the other; four times turns a tile, as it turns the bits of the place of a number
    cdef int i
    for i in range(TILE * TILE // 2):
        into[2 * i], into[2 * i + 1] = values[i], values[TILE * TILE // 2 + i]


cdef inline void _turn(const double** rows, Py_ssize_t at, float* into) noexcept nogil:
    # demand of TILE periods, lane beside lane
    cdef float one[256]
    cdef float two[256]
    cdef const double* upper
    cdef const double* lower
    cdef int i, j
    for j in range(TILE // 2):
        upper, lower = rows[j] + at, rows[j + TILE // 2] + at
        for i in range(TILE):
            one[2 * (j * TILE + i)], one[2 * (j * TILE + i) + 1] = <float>upper[i], <float>lower[i]
    _shuffle(one, two)
    _shuffle(two, one)
    _shuffle(one, into)


cdef inline void _supply_small(const double** rows, Py_ssize_t now, Py_ssize_t n, Py_ssize_t until,
                               float* demand) noexcept nogil:
    # of n periods; demand has room for a tile before them, since the last tile ends where the demand does
    cdef Py_ssize_t i, at
    cdef int j
    if until < TILE:
        for i in range(n):
            for j in range(LANES):
                demand[i * LANES + j] = <float>rows[j][now + i]
        return
    for i in range((n + TILE - 1) // TILE):
        at = min(now + i * TILE, until - TILE)
        _turn(rows, at, demand + (at - now) * LANES)
