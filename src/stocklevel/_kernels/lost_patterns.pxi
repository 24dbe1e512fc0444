# Patterns of orders on their way, and what each becomes at the next review.
#
# A pattern holds what each of the last m reviews ordered, as the digits of a key of which the newest is the lowest.
# Of its orders W the stock x after the decision is at least s + 1 - W, and at most top - W; S - W where it ordered up
# to S.
cdef struct Net:
    Py_ssize_t s         # trigger
    Py_ssize_t top       # highest position
    Py_ssize_t quantity  # orders are multiples of it; 0: up to the top
    Py_ssize_t slots     # reviews whose orders may be on their way
    Py_ssize_t limit     # states that there is room for
    Py_ssize_t count     # patterns
    Py_ssize_t states
    long long base       # one more than the digit of an order can be
    long long oldest     # base^(slots - 1)
    long long* key
    Py_ssize_t* ordered  # W
    Py_ssize_t* due      # what the oldest of its orders is
    Py_ssize_t* low      # stock of the first of its states, and how many there are
    Py_ssize_t* width
    Py_ssize_t* start    # where its states lie
    Py_ssize_t* first    # where its followers lie: without an order, then by n, or by s - position
    Py_ssize_t* follower
    Py_ssize_t room      # for followers
    Py_ssize_t* table    # of hashed keys, 1 + pattern; 0 where there is none
    Py_ssize_t cells     # of the table, a power of 2
    Py_ssize_t groups    # of patterns that differ in what is received next alone: the same follows from them
    Py_ssize_t* group    # of each pattern
    Py_ssize_t* begin    # where each begins in `line`, and the end of the last
    Py_ssize_t* line     # patterns, group by group
    Py_ssize_t* widest   # of each group the pattern whose followers are those of all


cdef bint _open(Net* net, Py_ssize_t limit) noexcept nogil:
    # room for up to `limit` states; False where memory lacks
    cdef Py_ssize_t most = limit + 1
    net.limit, net.cells, net.room = limit, 64, 4 * most
    while net.cells < 2 * most:
        net.cells *= 2
    net.key = <long long*>malloc(most * sizeof(long long))
    net.ordered = <Py_ssize_t*>malloc((10 * most + 1) * sizeof(Py_ssize_t))
    net.follower = <Py_ssize_t*>malloc(net.room * sizeof(Py_ssize_t))
    net.table = <Py_ssize_t*>malloc(net.cells * sizeof(Py_ssize_t))
    net.due, net.low, net.width = net.ordered + most, net.ordered + 2 * most, net.ordered + 3 * most
    net.start, net.first = net.ordered + 4 * most, net.ordered + 5 * most
    net.group, net.line, net.widest = net.ordered + 6 * most, net.ordered + 7 * most, net.ordered + 8 * most
    net.begin = net.ordered + 9 * most
    return net.key != NULL and net.ordered != NULL and net.follower != NULL and net.table != NULL


cdef void _close(Net* net) noexcept nogil:
    free(net.key)
    free(net.ordered)
    free(net.follower)
    free(net.table)


cdef inline long long _digit(Net* net, Py_ssize_t amount) noexcept nogil:
    # amounts are multiples of Q as they are, or 0 and units from S - s on
    return amount if net.quantity > 0 or amount == 0 else amount - (net.top - net.s) + 1


cdef inline Py_ssize_t _hashed(Net* net, long long key) noexcept nogil:
    return <Py_ssize_t>((<unsigned long long>key * 0x9E3779B97F4A7C15ULL) >> 20) & (net.cells - 1)


cdef Py_ssize_t _place(Net* net, long long key, Py_ssize_t ordered) noexcept nogil:
    # the pattern of a key, added where it is new; -1 where there is no room
    cdef Py_ssize_t at = _hashed(net, key), i = net.count, due = <Py_ssize_t>(key // net.oldest)
    while net.table[at] > 0:
        if net.key[net.table[at] - 1] == key:
            return net.table[at] - 1
        at = (at + 1) & (net.cells - 1)
    if i > net.limit:
        return -1
    net.table[at] = i + 1
    if net.quantity > 0:
        due *= net.quantity
    elif due > 0:
        due += net.top - net.s - 1
    net.key[i], net.ordered[i], net.due[i] = key, ordered, due
    net.low[i] = net.s + 1 - ordered if net.s + 1 > ordered else 0
    if net.quantity == 0 and key % net.base > 0:
        net.low[i] = net.top - ordered
    net.width[i], net.start[i] = net.top - ordered - net.low[i] + 1, net.states
    net.count, net.states = i + 1, net.states + net.width[i]
    return i if net.states <= net.limit else -1


cdef inline Py_ssize_t _fallen(Net* net, Py_ssize_t i, Py_ssize_t x, const Py_ssize_t* fall) noexcept nogil:
    # stock x of a pattern at the next review, where demand before and after the receipt is `fall`
    x = net.due[i] + (x - fall[0] if x > fall[0] else 0)
    return x - fall[1] if x > fall[1] else 0


cdef Py_ssize_t _follow(Net* net, Py_ssize_t i, const Py_ssize_t* least, const Py_ssize_t* last,
                        Py_ssize_t filled) noexcept nogil:
    # add the followers of a pattern, -1 where there is none; how many followers there are then, or -1
    cdef Py_ssize_t kept = net.ordered[i] - net.due[i], n, amount, most = 0, few = 0
    cdef Py_ssize_t unit = net.quantity if net.quantity > 0 else 1
    cdef Py_ssize_t lowest = kept + _fallen(net, i, net.low[i], last)  # positions at the review
    cdef Py_ssize_t highest = kept + _fallen(net, i, net.low[i] + net.width[i] - 1, least)
    cdef long long shifted = (net.key[i] % net.oldest) * net.base
    if lowest <= net.s:
        most = (net.s - lowest) // unit + 1
    if highest <= net.s:
        few = (net.s - highest) // unit + 1
    if filled + most + 1 > net.room:
        net.room = 2 * net.room + most + 1
        net.follower = <Py_ssize_t*>realloc(net.follower, net.room * sizeof(Py_ssize_t))
        if net.follower == NULL:
            return -1
    net.first[i] = filled
    for n in range(most + 1):
        if n < few:
            net.follower[filled + n] = -1
            continue
        amount = n
        if net.quantity == 0 and n > 0:
            amount = net.top - net.s + n - 1
        net.follower[filled + n] = _place(net, shifted + _digit(net, amount), kept + amount * unit)
        if net.follower[filled + n] < 0:
            return -1
    return filled + most + 1


cdef void _gather(Net* net, Py_ssize_t filled) noexcept nogil:
    # the groups of all patterns, which have `filled` followers
    cdef Py_ssize_t i, n, at, g, count, most
    cdef long long key
    net.groups = 0
    memset(net.table, 0, net.cells * sizeof(Py_ssize_t))
    memset(net.begin, 0, (net.count + 1) * sizeof(Py_ssize_t))
    for i in range(net.count):
        key = net.key[i] % net.oldest
        at = _hashed(net, key)
        while net.table[at] > 0 and net.key[net.table[at] - 1] % net.oldest != key:
            at = (at + 1) & (net.cells - 1)
        if net.table[at] == 0:
            net.table[at], net.group[i], net.widest[net.groups] = i + 1, net.groups, i
            net.groups += 1
        g = net.group[i] = net.group[net.table[at] - 1]
        net.begin[g + 1] += 1
        n = net.widest[g]
        most = (net.first[n + 1] if n + 1 < net.count else filled) - net.first[n]
        if (net.first[i + 1] if i + 1 < net.count else filled) - net.first[i] > most:
            net.widest[g] = i
    for g in range(net.groups):
        net.begin[g + 1] += net.begin[g]
    for i in range(net.count - 1, -1, -1):  # from the back of each group
        g = net.group[i]
        net.begin[g + 1] -= 1
        net.line[net.begin[g + 1]] = i
        n = net.widest[g]
        count = (net.first[i + 1] if i + 1 < net.count else filled) - net.first[i]
        for at in range(count):
            if net.follower[net.first[n] + at] < 0:
                net.follower[net.first[n] + at] = net.follower[net.first[i] + at]
    for g in range(net.groups):  # begin[g + 1] is where g begins by now
        net.begin[g] = net.begin[g + 1]
    net.begin[net.groups] = net.count


cdef bint _explore(Net* net, Py_ssize_t s, Py_ssize_t top, Py_ssize_t quantity, Py_ssize_t slots,
                   const Py_ssize_t* least, const Py_ssize_t* last) noexcept nogil:
    # all patterns that follow from none on order; False where they have more states than there is room for
    cdef Py_ssize_t i = 0, filled = 0
    cdef int _
    net.s, net.top, net.quantity, net.slots, net.count, net.states = s, top, quantity, slots, 0, 0
    net.base = s + 2 if quantity == 0 else s // quantity + 2
    net.oldest = 1
    for _ in range(slots - 1):
        if net.oldest > (1LL << 61) // (net.base * net.base):
            return False
        net.oldest *= net.base
    memset(net.table, 0, net.cells * sizeof(Py_ssize_t))
    if _place(net, 0, 0) < 0:
        return False
    while i < net.count:
        filled = _follow(net, i, least, last, filled)
        if filled < 0:
            return False
        i += 1
    _gather(net, filled)
    return True
