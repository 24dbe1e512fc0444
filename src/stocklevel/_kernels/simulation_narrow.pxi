# Runs side by side whose numbers are so small that whole ones of two bytes hold them: twice as many lanes again as in
# single precision, and no rounding. Same numbers, to the bit. Given demand, backorders, one replication.

cdef extern from *:
    """
    #if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    #define SL_LOW_BYTES_FIRST 0
    #else
    #define SL_LOW_BYTES_FIRST 1
    #endif
    """
    const bint LOW_BYTES_FIRST "SL_LOW_BYTES_FIRST"

cdef enum:
    WIDE = 32            # lanes
    LARGEST_SUM = 32767


cdef struct Narrow:
    short multiple[32]
    unsigned short inverse[32]  # 2^16/multiple, rounded down
    short gap[32]               # from the trigger to the level
    short below[32]             # position below the trigger
    short net[32]
    short orders[32]
    short undershoot[32]
    Py_ssize_t lead
    Py_ssize_t until    # periods in all
    Py_ssize_t fetched  # of which are on their way to the cache
    Py_ssize_t together  # periods whose sums two bytes hold
    long long review
    long long until_review


cdef int go_together(const double[:, ::1] settings, const long long[:, ::1] spans, const unsigned char* small,
                     const long long* rows, Py_ssize_t n) noexcept nogil:
    # the first of these rows, WIDE at most, that can be played side by side: of one length, lead time, ...
    cdef Py_ssize_t first = rows[0], at
    cdef bint multiples = settings[AT_MULTIPLE, first] > 0.0
    cdef int count = 0
    while count < n and count < WIDE:
        at = rows[count]
        if (small[at] != TWO_BYTES or settings[AT_LEAD, at] != settings[AT_LEAD, first]
                or settings[AT_REVIEW, at] != settings[AT_REVIEW, first]
                or (settings[AT_MULTIPLE, at] > 0.0) != multiples
                or spans[at, 0] != spans[first, 0] or spans[at, 1] != spans[first, 1]):
            break
        count += 1
    return count


cdef void _set_up_narrow(Narrow* s, const double[:, ::1] settings, const long long* rows, const double* peaks,
                         int count) noexcept nogil:
    cdef double trigger[32]
    cdef double level[32]
    cdef double multiple[32]
    cdef double begin[32]
    cdef double most = 0.0
    cdef Py_ssize_t at
    cdef int j
    memset(s, 0, sizeof(Narrow))
    s.fetched = STRETCH  # while the rows before were played
    s.lead, s.review = <Py_ssize_t>settings[AT_LEAD, rows[0]], <long long>settings[AT_REVIEW, rows[0]]
    for j in range(WIDE):
        at = rows[j if j < count else 0]
        trigger[j], level[j], multiple[j] = settings[AT_TRIGGER, at], settings[AT_LEVEL, at], settings[AT_MULTIPLE, at]
        begin[j] = settings[AT_START, at]
        most = max(most, farthest(trigger[j], level[j], multiple[j], begin[j], <double>(s.lead + s.review), peaks[at]))
    s.together = min(<Py_ssize_t>STRETCH, <Py_ssize_t>(<double>LARGEST_SUM / max(most, 1.0)))
    for j in range(WIDE):
        s.gap[j] = <short>(<int>(level[j] - trigger[j]))
        s.multiple[j] = <short>(<int>multiple[j])
        s.inverse[j] = <unsigned short>(<int>min(65536.0 / max(multiple[j], 1.0), 65535.0))
        s.net[j] = <short>(<int>begin[j])
        s.below[j] = <short>(<int>(trigger[j] - begin[j]))


cdef inline uint64_t _two_words(double low, double high) noexcept nogil:
    # in the low half
    return to_bits((high * 65536.0 + 6755399441055744.0) + low)


cdef inline uint64_t _four_words(double a, double b, double c, double d) noexcept nogil:
    return (_two_words(a, b) & <uint64_t>0xFFFFFFFF) | (_two_words(c, d) << 32)


cdef void _turn_narrow(const double** rows, Py_ssize_t at, short* into) noexcept nogil:
    # demand of 8 periods, lane beside lane: four lanes into one number, and these as in _turn_eight
    cdef uint64_t one[64]
    cdef uint64_t two[64]
    cdef uint64_t* turned = <uint64_t*>into
    cdef const double** low
    cdef const double** high
    cdef int i, j
    for j in range(4):
        low, high = rows + 4 * j, rows + 4 * j + 16
        for i in range(8):
            one[2 * (8 * j + i)] = _four_words(low[0][at + i], low[1][at + i], low[2][at + i], low[3][at + i])
            one[2 * (8 * j + i) + 1] = _four_words(high[0][at + i], high[1][at + i], high[2][at + i], high[3][at + i])
    for i in range(32):
        two[2 * i], two[2 * i + 1] = one[i], one[32 + i]
    for i in range(32):
        turned[2 * i], turned[2 * i + 1] = two[i], two[32 + i]


cdef inline void _supply_narrow(const double** rows, Py_ssize_t now, Py_ssize_t n, Py_ssize_t until,
                                short* demand) noexcept nogil:
    # of n periods; demand has room for 8 before them, since the last 8 end where the demand does
    cdef Py_ssize_t i, at
    cdef int j
    if until < 8 or not LOW_BYTES_FIRST:
        for i in range(n):
            for j in range(WIDE):
                demand[i * WIDE + j] = <short>(<int>rows[j][now + i])
        return
    for i in range((n + 7) // 8):
        at = min(now + i * 8, until - 8)
        _turn_narrow(rows, at, demand + (at - now) * WIDE)
