# Draws of demand: of a period, or of a customer.
from libc.stdlib cimport free, malloc, realloc

cdef enum:  # how a row draws; the codes of simulation/draws.py
    CONSTANT = 0
    TABLE = 1              # whole numbers, by alias
    NORMAL = 2             # mean, std
    GAMMA = 3              # shape, scale
    LOGNORMAL = 4          # mu, sigma
    WEIBULL = 5            # shape, scale
    UNIFORM = 6            # low, high
    POISSON = 7            # mean: where a table would be long
    NEGATIVE_BINOMIAL = 8  # mean, size: likewise
    LOG_SERIES = 9         # log(1 - theta)
    GAMMA_JUMP = 10        # least jump, scale, what stands for the smaller ones


cdef struct Draw:
    int kind
    double a
    double b
    double c
    int shift            # of random bits, to the index of a cell
    uint64_t* threshold  # of the bits below the index: the first value of the cell below it, else the second
    double* values       # two of each cell


cdef struct Table:  # memory of one alias table, used again for every row
    Py_ssize_t cells
    uint64_t* threshold
    double* values
    double* share
    int* small


cdef int _reserve(Table* table, Py_ssize_t cells) noexcept nogil:
    if cells <= table.cells:
        return 0
    free(table.threshold)
    free(table.values)
    free(table.share)
    free(table.small)
    table.threshold = <uint64_t*>malloc(cells * sizeof(uint64_t))
    table.values = <double*>malloc(2 * cells * sizeof(double))
    table.share = <double*>malloc(cells * sizeof(double))
    table.small = <int*>malloc(cells * sizeof(int))
    table.cells = cells
    if table.threshold == NULL or table.values == NULL or table.share == NULL or table.small == NULL:
        table.cells = 0
        return -1
    return 0


cdef void _release(Table* table) noexcept nogil:
    free(table.threshold)
    free(table.values)
    free(table.share)
    free(table.small)


cdef int fill_table(Draw* draw, Table* table, const double* weights, Py_ssize_t n, double low) noexcept nogil:
    # Vose's alias method on a power of two of cells, the values low, low + 1, ...
    cdef Py_ssize_t cells = 2, i
    cdef int small = 0, large = 0, poor, rich, shift = 63
    cdef double total = 0.0, kept
    while cells < n:
        cells *= 2
        shift -= 1
    if _reserve(table, cells) != 0:
        return -1
    for i in range(n):
        total += weights[i]
    for i in range(cells):
        table.share[i] = weights[i] / total * <double>cells if i < n else 0.0
        table.threshold[i] = <uint64_t>0xFFFFFFFFFFFFFFFF
        table.values[2 * i] = low + <double>i
        table.values[2 * i + 1] = low + <double>i
    for i in range(cells):  # the small ones stand at the front of the stack, the large ones at its back
        if table.share[i] < 1.0:
            table.small[small] = <int>i
            small += 1
        else:
            large += 1
            table.small[cells - large] = <int>i
    while small > 0 and large > 0:
        small -= 1
        poor, rich = table.small[small], table.small[cells - large]
        kept = table.share[poor]
        table.threshold[poor] = <uint64_t>(kept * 18446744073709549568.0)
        table.values[2 * poor + 1] = low + <double>rich
        table.share[rich] -= 1.0 - kept
        if table.share[rich] < 1.0:
            large -= 1
            table.small[small] = rich
            small += 1
    draw.shift, draw.threshold, draw.values = shift, table.threshold, table.values
    return 0


cdef inline double _from_table(Draw* draw, Stream* stream) noexcept nogil:
    cdef uint64_t r = bits(stream), cell = r >> draw.shift
    return draw.values[2 * cell + (1 if (r << (64 - draw.shift)) >= draw.threshold[cell] else 0)]


cdef inline double draw_one(Draw* draw, Stream* stream, const int kind) noexcept nogil:
    if kind == CONSTANT:
        return draw.a
    if kind == TABLE:
        return _from_table(draw, stream)
    if kind == NORMAL:
        return draw.a + draw.b * normal(stream)
    if kind == GAMMA:
        return draw.b * gamma(stream, draw.a)
    if kind == LOGNORMAL:
        return exp(draw.a + draw.b * normal(stream))
    if kind == WEIBULL:
        return draw.b * pow(exponential(stream), 1.0 / draw.a)
    if kind == UNIFORM:
        return draw.a + (draw.b - draw.a) * uniform(stream)
    if kind == POISSON:
        return poisson(stream, draw.a)
    if kind == NEGATIVE_BINOMIAL:
        return poisson(stream, draw.a / draw.b * gamma(stream, draw.b))
    if kind == LOG_SERIES:
        return log_series(stream, draw.a)
    return draw.b * (draw.c + large_jump(stream, draw.a))


cdef void draw_table(Draw* draw, Stream* stream, double* out, Py_ssize_t n) noexcept nogil:
    cdef Stream own = stream[0]  # in registers
    cdef Draw copy = draw[0]
    cdef Py_ssize_t i
    for i in range(n):
        out[i] = _from_table(&copy, &own)
    stream[0] = own


cdef void draw_many(Draw* draw, Stream* stream, double* out, Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t i
    if draw.kind == TABLE:
        draw_table(draw, stream, out, n)
    elif draw.kind == NORMAL:
        for i in range(n):
            out[i] = draw_one(draw, stream, NORMAL)
    elif draw.kind == GAMMA:
        for i in range(n):
            out[i] = draw_one(draw, stream, GAMMA)
    else:
        for i in range(n):
            out[i] = draw_one(draw, stream, draw.kind)
