# One row: its policy, the orders on their way, and what is counted.

cdef enum:  # what is counted, in every batch of periods
    TIME = 0         # periods
    DEMAND = 1       # units
    SHORT = 2        # units not met at once
    COVERED = 3      # periods or time with net stock >= 0; without a lost sale
    READY = 4        # with stock on hand
    ON_HAND = 5
    BACKORDERS = 6
    ORDERS = 7
    UNDERSHOOT = 8
    RECEIPTS = 9     # orders received
    IN_TIME = 10     # that found net stock >= 0; before which no sale was lost
    CYCLES = 11      # as RECEIPTS, or reviews where the policy counts them
    UNBROKEN = 12
    SAFETY = 13      # sum of net stock before the receipt
    COUNTS = 14
    MEASURES = 13


cdef struct Item:
    double trigger       # order when the position is at or below it
    double level         # up to this
    double multiple      # or the smallest multiple of this that lifts the position above the trigger; 0: up to
    double chance        # that a review takes place
    long long review     # periods between reviews; 0: at every customer
    double lead          # fixed lead time
    const double* times  # random lead times and their cumulative probabilities, or NULL
    const double* cumulative
    Py_ssize_t kinds     # of lead times
    bint crossing        # whether a later order may arrive first
    bint lost
    bint per_review      # cycles are review cycles
    bint whole           # demand comes in whole units


cdef struct Order:
    double due
    double quantity
    long long number


cdef struct State:
    double net
    double position
    double last_due
    long long placed
    long long to_review        # periods until the next review
    bint lost_in_order_cycle   # a sale, since the last order came
    bint lost_in_cycle
    Order* waiting             # a heap: the next to arrive first, of several due at once the oldest
    Py_ssize_t count
    Py_ssize_t room
    bint failed                # no memory


cdef inline bint _sooner(Order* a, Order* b) noexcept nogil:
    return a.due < b.due or (a.due == b.due and a.number < b.number)


cdef void push(State* state, double due, double quantity) noexcept nogil:
    cdef Py_ssize_t at = state.count, above
    cdef Order order
    if at == state.room:
        state.room = 2 * at + 16
        state.waiting = <Order*>realloc(state.waiting, state.room * sizeof(Order))
        if state.waiting == NULL:
            state.failed, state.count, state.room = True, 0, 0
            return
    order.due, order.quantity, order.number = due, quantity, state.placed
    state.placed += 1
    state.count += 1
    while at > 0:
        above = (at - 1) // 2
        if not _sooner(&order, &state.waiting[above]):
            break
        state.waiting[at] = state.waiting[above]
        at = above
    state.waiting[at] = order


cdef void pop(State* state) noexcept nogil:
    cdef Py_ssize_t at = 0, below, n = state.count - 1
    cdef Order order = state.waiting[n]
    state.count = n
    while True:
        below = 2 * at + 1
        if below >= n:
            break
        if below + 1 < n and _sooner(&state.waiting[below + 1], &state.waiting[below]):
            below += 1
        if not _sooner(&state.waiting[below], &order):
            break
        state.waiting[at] = state.waiting[below]
        at = below
    if n > 0:
        state.waiting[at] = order


cdef inline double order_quantity(Item* item, double position) noexcept nogil:
    # of a review; 0 where nothing is ordered
    if position > item.trigger:
        return 0.0
    if item.multiple > 0.0:
        return item.multiple * (floor((item.trigger - position) / item.multiple) + 1.0)
    return item.level - position if item.level > position else 0.0


cdef double lead_time(Item* item, Stream* stream) noexcept nogil:
    cdef double u
    cdef Py_ssize_t i = 0
    if item.times == NULL:
        return item.lead
    u = uniform(stream)
    while i < item.kinds - 1 and u >= item.cumulative[i]:
        i += 1
    return item.times[i]


cdef double place(Item* item, State* state, Stream* stream, double now, double quantity) noexcept nogil:
    # an order on its way; returns its lead time
    cdef double due = now + lead_time(item, stream)
    if not item.crossing and due < state.last_due:
        due = state.last_due
    state.last_due = due
    push(state, due, quantity)
    return due - now


cdef double receive(Item* item, State* state, double* counts) noexcept nogil:
    # the first of the orders on their way; of a review that ordered nothing only the cycle ends
    cdef double quantity = state.waiting[0].quantity
    cdef bint in_stock = state.net >= 0.0
    pop(state)
    counts[CYCLES] += 1.0
    counts[UNBROKEN] += not state.lost_in_cycle if item.lost else in_stock
    counts[SAFETY] += state.net
    state.lost_in_cycle = False
    if quantity > 0.0:
        counts[RECEIPTS] += 1.0
        counts[IN_TIME] += not state.lost_in_order_cycle if item.lost else in_stock
        state.lost_in_order_cycle = False
        state.net += quantity
    return quantity


cdef double serve(Item* item, State* state, double wanted, double* counts) noexcept nogil:
    # returns the units not met at once
    cdef double available = state.net if state.net > 0.0 else 0.0
    cdef double short = wanted - available if wanted > available else 0.0
    counts[DEMAND] += wanted
    counts[SHORT] += short
    state.position -= wanted - short if item.lost else wanted
    state.net -= wanted
    if item.lost and short > 0.0:
        state.net = 0.0
        state.lost_in_cycle = state.lost_in_order_cycle = True
    return short


cdef double review(Item* item, State* state, Stream* stream, double now, double* counts, double* taken) noexcept nogil:
    # returns what is ordered, and how long it takes
    cdef double quantity
    if item.chance < 1.0 and uniform(stream) >= item.chance:
        return 0.0
    quantity = order_quantity(item, state.position)
    if quantity > 0.0:
        counts[ORDERS] += 1.0
        counts[UNDERSHOOT] += item.trigger - state.position
        state.position = state.position + quantity if item.multiple > 0.0 else item.level
    if quantity > 0.0 or item.per_review:
        taken[0] = place(item, state, stream, now, quantity)
    return quantity


cdef void start(Item* item, State* state, Stream* stream, double on_hand) noexcept nogil:
    # from the stock given, else uniformly on the positions above the trigger; nothing on its way
    cdef double width = item.multiple if item.multiple > 0.0 else item.level - item.trigger
    cdef double u = uniform(stream)
    if on_hand != on_hand:
        on_hand = item.trigger + (1.0 + floor(u * width) if item.whole else u * width)
        if item.lost and on_hand < 0.0:
            on_hand = 0.0
    state.net = state.position = on_hand
    state.last_due = -1.0
    state.placed = state.to_review = state.count = 0
    state.lost_in_order_cycle = state.lost_in_cycle = False
