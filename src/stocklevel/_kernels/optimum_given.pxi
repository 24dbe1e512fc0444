# What Python hands over for the optimisers, and a row of it.

cdef struct _Row:  # one row of what Python hands over
    Curve curve
    Masses jump    # demand between two looks at the position, from its first value of any probability
    double first   # that value
    double mass    # its probability
    double reach   # P(jump > first)
    double scale   # fixed cost of an order, per period and look


cdef struct _Given:
    Py_ssize_t parts
    Py_ssize_t step
    const double* holding
    const double* backorder
    const double* scale
    const double* weight   # (parts, rows); without parts the probabilities are listed
    const double* alpha
    const double* beta
    const double* mass
    const double* start    # position where cost, cdf and sf are known
    const double* cost
    const double* cdf
    const double* sf
    const double* listed
    const long long* begin
    const double* low      # y of a row's first probability
    bint jump_listed
    const double* jump_alpha
    const double* jump_beta
    const double* jump_first
    const double* jump_mass
    const double* jump_reach
    const double* jump_table
    const long long* jump_begin
    double* up
    double* down
    double one             # the weight of a jump's only part
    double jump_up


cdef inline void _take(_Given* x, Py_ssize_t i, _Row* row) noexcept nogil:
    cdef Masses* f = &row.curve.masses
    row.curve.holding = x.holding[i]
    row.curve.backorder = x.backorder[i]
    row.scale = x.scale[i]
    f.parts = x.parts
    f.step = x.step
    f.up = x.up
    f.down = x.down
    if x.parts > 0:
        f.weight = x.weight + i
        f.alpha = x.alpha + i
        f.beta = x.beta + i
        settle(&row.curve, x.start[i], x.cost[i], x.cdf[i], x.sf[i], x.mass + i, x.step)
    else:
        f.table = x.listed + x.begin[i]
        f.count = x.begin[i + 1] - x.begin[i]
        f.first = x.low[i]
        settle(&row.curve, x.start[i], x.cost[i], x.cdf[i], x.sf[i], NULL, 0)
    f = &row.jump
    row.first = x.jump_first[i]
    row.mass = x.jump_mass[i]
    row.reach = x.jump_reach[i]
    f.highest = row.first
    f.first = row.first
    f.parts = 0 if x.jump_listed else 1
    f.step = 0
    if x.jump_listed:
        f.table = x.jump_table + x.jump_begin[i]
        f.count = x.jump_begin[i + 1] - x.jump_begin[i]
    else:
        f.weight = &x.one
        f.alpha = x.jump_alpha + i
        f.beta = x.jump_beta + i
        f.up = &x.jump_up
        x.jump_up = row.mass


cdef const double* _at(values) except? NULL:
    cdef const double[:, ::1] rows
    cdef const double[::1] flat
    if values is None or values.size == 0:
        return NULL
    if values.ndim == 2:
        rows = values
        return &rows[0, 0]
    flat = values
    return &flat[0]


cdef void _read(_Given* x, tuple curve, tuple jump):
    cdef const long long[::1] begin
    holding, backorder, scale, start, cost, cdf, sf, weight, alpha, beta, mass, listed, begins, low = curve
    x.holding, x.backorder, x.scale = _at(holding), _at(backorder), _at(scale)
    x.start, x.cost, x.cdf, x.sf = _at(start), _at(cost), _at(cdf), _at(sf)
    x.weight, x.alpha, x.beta, x.mass = _at(weight), _at(alpha), _at(beta), _at(mass)
    x.parts = 0 if weight is None else weight.shape[0]
    x.step = holding.shape[0]
    x.listed, x.low = _at(listed), _at(low)
    if begins is not None:
        begin = begins
        x.begin = &begin[0]
    alpha, beta, first, mass, reach, listed, begins = jump
    x.jump_alpha, x.jump_beta = _at(alpha), _at(beta)
    x.jump_first, x.jump_mass, x.jump_reach = _at(first), _at(mass), _at(reach)
    x.jump_listed = begins is not None
    x.jump_table = _at(listed)
    if begins is not None:
        begin = begins
        x.jump_begin = &begin[0]
    x.one = 1.0
