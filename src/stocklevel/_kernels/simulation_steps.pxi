# Periods of sixteen runs at once, a lane each. Nothing branches within a lane, so that lanes become vector lanes:
# a condition is a factor of 0 or 1, or a choice between two numbers. What is counted stands in registers for the
# periods of one step.
from stocklevel._kernels.measures cimport LANES
from stocklevel._kernels.vmath cimport mul_add, to_bits

cdef extern from *:
    """
    #if defined(__GNUC__)
    #define sl_fetch(at) __builtin_prefetch(at)
    #define sl_fetch_near(at) __builtin_prefetch((at), 0, 2)
    #else
    #define sl_fetch(at) ((void)(at))
    #define sl_fetch_near(at) ((void)(at))
    #endif
    """
    void sl_fetch(const void* at) noexcept nogil
    void sl_fetch_near(const void* at) noexcept nogil  # to the second cache

cdef extern from *:  # no other pointer leads there
    """
    typedef short* __restrict sl_short_alone;
    typedef const short* __restrict sl_read_short_alone;
    typedef int* __restrict sl_int_alone;
    typedef float* __restrict sl_alone;
    typedef const float* __restrict sl_read_alone;
    typedef double* __restrict sl_double_alone;
    """
    ctypedef short* short_alone "sl_short_alone"
    ctypedef const short* read_short_alone "sl_read_short_alone"
    ctypedef int* int_alone "sl_int_alone"
    ctypedef float* alone "sl_alone"
    ctypedef const float* read_alone "sl_read_alone"
    ctypedef double* double_alone "sl_double_alone"

cdef enum:
    STRETCH = 64  # periods drawn at once


cdef struct Lanes:
    double trigger[16]
    double level[16]
    double multiple[16]
    double inverse[16]
    double lifts[16]      # 1 where orders are up to the level
    double between[16]    # periods from a review to the next, less one
    double to_review[16]
    double net[16]
    double position[16]
    double whole_order_cycle[16]  # 0 once a sale was lost in it; under backorders 1 where net stock >= 0
    double whole_cycle[16]
    double counted[14][16]
    double none[16]       # what is received where no review ended a cycle
    long long slot[16]    # from a period to the receipt of its order, in `orders`
    bint alike            # one lead time, one review period, and one kind of order
    long long lead
    long long review
    long long until_review
    const double* coming[16]  # demand of the next stretch, and how many of its periods are on their way to the cache
    long long fetched


cdef struct One:  # a lane, for a step
    double net
    double position
    double whole_order_cycle
    double whole_cycle
    double demand
    double short
    double covered
    double ready
    double on_hand
    double backorders
    double orders
    double undershoot
    double receipts
    double in_time
    double cycles
    double unbroken
    double safety


cdef inline void _take(One* one, Lanes* s, int j, const bint lost, const bint per_review) noexcept nogil:
    one.net, one.position, one.whole_order_cycle = s.net[j], s.position[j], s.whole_order_cycle[j]
    one.demand, one.short = s.counted[DEMAND][j], s.counted[SHORT][j]
    one.covered, one.ready, one.on_hand = s.counted[COVERED][j], s.counted[READY][j], s.counted[ON_HAND][j]
    one.orders, one.undershoot = s.counted[ORDERS][j], s.counted[UNDERSHOOT][j]
    one.receipts, one.in_time, one.safety = s.counted[RECEIPTS][j], s.counted[IN_TIME][j], s.counted[SAFETY][j]
    if not lost:
        one.backorders = s.counted[BACKORDERS][j]
    if per_review:
        one.cycles, one.unbroken, one.whole_cycle = s.counted[CYCLES][j], s.counted[UNBROKEN][j], s.whole_cycle[j]


cdef inline void _put(One* one, Lanes* s, int j, const bint lost, const bint per_review) noexcept nogil:
    s.net[j], s.position[j], s.whole_order_cycle[j] = one.net, one.position, one.whole_order_cycle
    s.counted[DEMAND][j], s.counted[SHORT][j] = one.demand, one.short
    s.counted[COVERED][j], s.counted[READY][j], s.counted[ON_HAND][j] = one.covered, one.ready, one.on_hand
    s.counted[ORDERS][j], s.counted[UNDERSHOOT][j] = one.orders, one.undershoot
    s.counted[RECEIPTS][j], s.counted[IN_TIME][j], s.counted[SAFETY][j] = one.receipts, one.in_time, one.safety
    if not lost:
        s.counted[BACKORDERS][j] = one.backorders
    if per_review:
        s.counted[CYCLES][j], s.counted[UNBROKEN][j], s.whole_cycle[j] = one.cycles, one.unbroken, one.whole_cycle


cdef inline double _above(double below, double multiple, double inverse) noexcept nogil:
    # multiples that lift the position above the trigger, floor(below/multiple) + 1, without a division
    cdef double times = (below * inverse + 6755399441055744.0) - 6755399441055744.0  # to the nearest
    cdef double more = times + 1.0
    return multiple * (times if below - times * multiple < 0.0 else more)


cdef inline double _review(One* one, Lanes* s, int j, const bint lifts) noexcept nogil:
    # returns what is ordered, 0 where nothing is
    cdef double below = s.trigger[j] - one.position, placed = 1.0 if below >= 0.0 else 0.0, quantity
    if lifts:
        quantity = s.level[j] - one.position
        placed = placed if quantity > 0.0 else 0.0
        one.position = s.level[j] if placed > 0.0 else one.position
        quantity *= placed
    else:
        quantity = _above(below, s.multiple[j], s.inverse[j]) * placed
        one.position += quantity
    one.orders += placed
    one.undershoot += below * placed
    return quantity


cdef inline void _play(One* one, double arriving, double wanted, const bint lost, const bint per_review) noexcept nogil:
    # a receipt, demand, and the end of the period
    cdef double came = 1.0 if arriving > 0.0 else 0.0, ended, end, minus_short, kept, in_stock
    one.receipts += came
    one.in_time += came * one.whole_order_cycle
    if per_review:  # else as receipts
        ended = 1.0 if arriving >= 0.0 else 0.0
        one.cycles += ended
        one.unbroken += ended * (one.whole_cycle if lost else one.whole_order_cycle)
        one.safety += ended * one.net
        one.net += arriving * came
    else:
        one.safety += came * one.net
        one.net += arriving
    end = one.net - wanted
    minus_short = end if one.net > 0.0 else -wanted
    minus_short = minus_short if minus_short < 0.0 else 0.0
    one.demand += wanted
    one.short -= minus_short
    if lost:
        kept = 0.0 if minus_short < 0.0 else 1.0
        one.position -= wanted + minus_short
        one.net = 0.0 if minus_short < 0.0 else end
        if per_review:
            one.whole_cycle = kept * (1.0 if ended > 0.0 else one.whole_cycle)
        one.whole_order_cycle = kept * (1.0 if came > 0.0 else one.whole_order_cycle)
        one.covered += kept
    else:
        one.position -= wanted
        one.net = end
        one.whole_order_cycle = 1.0 if end >= 0.0 else 0.0
        one.covered += one.whole_order_cycle
        one.backorders -= end if end < 0.0 else 0.0
    in_stock = 1.0 if one.net > 0.0 else 0.0
    one.ready += in_stock
    one.on_hand += one.net * in_stock


cdef inline void _two_periods(Lanes* s, const double* demand, const double* arriving, double* into, const bint lost,
                              const bint per_review, const bint lifts) noexcept nogil:
    # reviewed both, where orders take two periods or more
    cdef One one
    cdef double first, second
    cdef int j
    for j in range(LANES):
        _take(&one, s, j, lost, per_review)
        first = _review(&one, s, j, lifts)
        _play(&one, arriving[j], demand[j], lost, per_review)
        second = _review(&one, s, j, lifts)
        _play(&one, arriving[LANES + j], demand[LANES + j], lost, per_review)
        into[j], into[LANES + j] = first, second
        _put(&one, s, j, lost, per_review)


cdef inline void _reviewed(Lanes* s, const double* demand, const double* arriving, double* into, const bint lost,
                           const bint per_review, const bint lifts, const bint at_once) noexcept nogil:
    cdef One one
    cdef double quantity
    cdef int j
    for j in range(LANES):
        _take(&one, s, j, lost, per_review)
        quantity = _review(&one, s, j, lifts)
        _play(&one, quantity if at_once else arriving[j], demand[j], lost, per_review)
        into[j] = quantity
        _put(&one, s, j, lost, per_review)


cdef inline void _between_reviews(Lanes* s, const double* demand, const double* arriving, double* into,
                                  const bint lost, const bint per_review) noexcept nogil:
    cdef One one
    cdef int j
    for j in range(LANES):
        _take(&one, s, j, lost, per_review)
        _play(&one, arriving[j], demand[j], lost, per_review)
        into[j] = s.none[j]
        _put(&one, s, j, lost, per_review)


cdef inline void _fetch(Lanes* s) noexcept nogil:
    # the next cache line of half the lanes, while there is other work
    cdef int j, first = <int>(s.fetched % 8) * 2
    for j in range(8):
        sl_fetch(s.coming[first + j] + s.fetched // 8 * 8)
    s.fetched += 4


cdef inline void _advance_alike(Lanes* s, const double* demand, double* orders, Py_ssize_t n, const bint lost,
                                const bint per_review, const bint lifts) noexcept nogil:
    # rows of `orders` are periods, from now on
    cdef const double* wanted
    cdef double* arriving
    cdef double* into
    cdef Py_ssize_t i = 0
    while i < n:
        wanted, arriving, into = demand + i * LANES, orders + i * LANES, orders + (i + s.lead) * LANES
        if s.fetched < STRETCH:
            _fetch(s)
        if s.until_review > 0:
            _between_reviews(s, wanted, arriving if s.lead > 0 else s.none, into, lost, per_review)
            s.until_review -= 1
        elif s.review == 1 and s.lead > 1 and i + 1 < n:
            _two_periods(s, wanted, arriving, into, lost, per_review, lifts)
            i += 1
        else:
            if s.lead > 0:
                _reviewed(s, wanted, arriving, into, lost, per_review, lifts, False)
            else:
                _reviewed(s, wanted, arriving, into, lost, per_review, lifts, True)
            s.until_review = s.review - 1
        i += 1


cdef inline void _advance_any(Lanes* s, const double* demand, double* orders, Py_ssize_t n, const bint lost,
                              const bint per_review) noexcept nogil:
    cdef One one
    cdef double sent[16]
    cdef double due, below, quantity, after, placed
    cdef Py_ssize_t i
    cdef int j
    for i in range(n):
        for j in range(LANES):
            due = 1.0 if s.to_review[j] <= 0.0 else 0.0
            s.to_review[j] = s.between[j] if due > 0.0 else s.to_review[j] - 1.0
            below = s.trigger[j] - s.position[j]
            quantity = _above(below, s.multiple[j], s.inverse[j])
            after = s.position[j] + quantity
            quantity = s.level[j] - s.position[j] if s.lifts[j] > 0.0 else quantity
            after = s.level[j] if s.lifts[j] > 0.0 else after
            placed = due if below >= 0.0 else 0.0
            placed = placed if quantity > 0.0 else 0.0
            s.position[j] = after if placed > 0.0 else s.position[j]
            s.counted[ORDERS][j] += placed
            s.counted[UNDERSHOOT][j] += below * placed
            sent[j] = quantity * placed if due > 0.0 else s.none[j]
        for j in range(LANES):
            orders[i * LANES + s.slot[j]] = sent[j]
        for j in range(LANES):
            _take(&one, s, j, lost, per_review)
            _play(&one, orders[i * LANES + j], demand[i * LANES + j], lost, per_review)
            _put(&one, s, j, lost, per_review)
