# The events of one row and replication, under periodic and under continuous review.

cdef enum:
    CHUNK = 1024   # periods drawn at once
    COLUMNS = 9    # of a line of the log


cdef struct Log:  # what happened, a line a period or a customer
    double* lines
    Py_ssize_t count
    Py_ssize_t room
    bint failed


cdef void note(Log* log, double replication, double time, double wanted, double short, State* state, double ordered,
               double received, double taken) noexcept nogil:
    cdef double* line
    if log.count == log.room:
        log.room = 2 * log.room + 64
        log.lines = <double*>realloc(log.lines, log.room * COLUMNS * sizeof(double))
        if log.lines == NULL:
            log.failed, log.count, log.room = True, 0, 0
            return
    line = log.lines + log.count * COLUMNS
    log.count += 1
    line[0], line[1], line[2], line[3], line[4] = replication, time, wanted, short, state.net
    line[5], line[6], line[7], line[8] = state.position, ordered, received, taken


cdef struct Source:  # of demand per period
    Draw early           # demand of a period before its receipts (fractional lead times), and after them
    Draw main
    const double* given  # or all of it, per period
    double share         # of a given period's demand that comes before its receipts
    bint split


cdef const double* supply(Source* source, Stream* stream, Py_ssize_t at, Py_ssize_t n, double* early,
                          double* main) noexcept nogil:
    # demand of n periods; before receipts in `early` where periods are split
    cdef Py_ssize_t i
    if source.given != NULL:
        if not source.split:
            return source.given + at
        for i in range(n):
            early[i] = source.share * source.given[at + i]
            main[i] = source.given[at + i] - early[i]
        return main
    if source.split:
        draw_many(&source.early, stream, early, n)
    draw_many(&source.main, stream, main, n)
    return main


cdef void play_fully(Item* item, State* state, Stream* stream, const double* early, const double* main, Py_ssize_t n,
                     Py_ssize_t first, double share, double replication, double* counts, Log* log) noexcept nogil:
    # any lead time: due receipts come when `share` of a period has passed; `early` is NULL where share is 0
    cdef double ordered, received, short, taken
    cdef Py_ssize_t i
    for i in range(n):
        ordered = received = short = 0.0
        taken = NAN
        if state.to_review == 0:
            state.to_review = item.review
            ordered = review(item, state, stream, <double>(first + i), counts, &taken)
        state.to_review -= 1
        if early != NULL:
            short = serve(item, state, early[i], counts)
        while state.count > 0 and state.waiting[0].due <= <double>(first + i) + share:
            received += receive(item, state, counts)
        short += serve(item, state, main[i], counts)
        counts[TIME] += 1.0
        counts[COVERED] += short == 0.0 if item.lost else state.net >= 0.0
        counts[READY] += state.net > 0.0
        counts[ON_HAND] += state.net if state.net > 0.0 else 0.0
        counts[BACKORDERS] -= state.net if state.net < 0.0 else 0.0
        if log != NULL:
            note(log, replication, <double>(first + i), main[i] + (early[i] if early != NULL else 0.0), short, state,
                 ordered, received, taken)


cdef inline Py_ssize_t batch_end(Py_ssize_t batch, Py_ssize_t batches, Py_ssize_t warm, Py_ssize_t periods,
                                 Py_ssize_t review) noexcept nogil:
    # batches of whole review cycles where the periods are
    cdef Py_ssize_t step = review if review > 0 and periods % review == 0 else 1
    return warm + step * ((periods // step) * (batch + 1) // batches)


cdef void play_periods(Item* item, State* state, Source* source, Stream* drawn, Stream* chance,
                       Py_ssize_t warm, Py_ssize_t periods, Py_ssize_t batches, double* early, double* main,
                       double* counts, double replication, Log* log) noexcept nogil:
    # one replication; counts has room for its batches, and then for the warm-up
    cdef Py_ssize_t now = 0, stop, end, n, batch = -1, boundary = warm
    cdef const double* demand
    cdef double* into = counts + batches * COUNTS
    while now < warm + periods:
        stop = now + CHUNK if now + CHUNK < warm + periods else warm + periods
        demand = supply(source, drawn, now, stop - now, early, main)
        end = now
        while end < stop:
            while end == boundary:
                batch += 1
                into = counts + batch * COUNTS
                boundary = batch_end(batch, batches, warm, periods, item.review)
            n = (boundary if boundary < stop else stop) - end
            play_fully(item, state, chance, early + (end - now) if source.split else NULL, demand + (end - now), n,
                       end, source.share, replication, into, log)
            end += n
        now = stop


cdef struct Clock:  # continuous review: which batch the time falls in
    double now
    double boundary
    Py_ssize_t batch
    Py_ssize_t batches
    double warm
    double periods
    double* counts
    double lost_period    # the last period in which a sale was lost


cdef void hold_until(Item* item, State* state, Clock* clock, double moment) noexcept nogil:
    # stock stays as it is until the moment
    cdef double stop, passed
    cdef double* counts
    while clock.now < moment:
        counts = clock.counts + (clock.batch if clock.batch >= 0 else clock.batches) * COUNTS
        stop = moment if moment < clock.boundary else clock.boundary
        passed = stop - clock.now
        counts[TIME] += passed
        counts[COVERED] += passed if state.net >= 0.0 else 0.0
        counts[READY] += passed if state.net > 0.0 else 0.0
        counts[ON_HAND] += passed * state.net if state.net > 0.0 else 0.0
        counts[BACKORDERS] -= passed * state.net if state.net < 0.0 else 0.0
        clock.now = stop
        if stop == clock.boundary:
            clock.batch += 1
            if clock.batch >= clock.batches:
                return
            clock.boundary = clock.warm + clock.periods * <double>(clock.batch + 1) / <double>clock.batches


cdef void play_customers(Item* item, State* state, Draw* size, double rate, Stream* drawn, Stream* chance,
                         double warm, double periods, Py_ssize_t batches, double* counts, double replication,
                         Log* log) noexcept nogil:
    # one replication under continuous review: receipts and customers as they come, orders after a customer
    cdef Clock clock
    cdef double coming, wanted, short, ordered, received, taken, last = warm + periods
    cdef double* into
    clock.now, clock.boundary, clock.batch, clock.batches = 0.0, warm, -1, batches
    clock.warm, clock.periods, clock.counts, clock.lost_period = warm, periods, counts, -1.0
    if warm == 0.0:
        clock.batch, clock.boundary = 0, periods / <double>batches
    while clock.batch < batches:
        coming = clock.now + exponential(drawn) / rate
        received = 0.0
        while state.count > 0 and state.waiting[0].due <= coming and state.waiting[0].due < last:
            hold_until(item, state, &clock, state.waiting[0].due)
            received += receive(item, state, counts + (clock.batch if clock.batch >= 0 else batches) * COUNTS)
        hold_until(item, state, &clock, coming)
        if clock.batch >= batches:
            return
        into = counts + (clock.batch if clock.batch >= 0 else batches) * COUNTS
        wanted = draw_one(size, drawn, size.kind)
        short = serve(item, state, wanted, into)
        if item.lost and short > 0.0 and floor(clock.now) > clock.lost_period:
            clock.lost_period = floor(clock.now)
            into[COVERED] -= 1.0  # a period is lost with its first lost sale
        taken = NAN
        ordered = review(item, state, chance, clock.now, into, &taken)
        if log != NULL:
            note(log, replication, clock.now, wanted, short, state, ordered, received, taken)
