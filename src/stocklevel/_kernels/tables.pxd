# What the optimisers know of a row: the probabilities of a law on the integers, one after the other, and the expected
# holding and backorder cost G(y) of a position y, from its minimum outwards.
# Probabilities below 1e-290 are 0: subnormal numbers are slow.
cdef struct Masses:  # mean probabilities of some laws, by f(y + 1)/f(y) = (alpha + beta y)/(y + 1), or from a table
    Py_ssize_t parts  # 0: a table
    Py_ssize_t step   # from one part to the next
    const double* weight
    const double* alpha
    const double* beta
    double* up        # of each part, at the highest y reached
    double* down      # and at the lowest
    double highest
    double lowest
    const double* table
    double first      # y of the table's first value
    Py_ssize_t count


cdef inline double _listed(const Masses* x, double y) noexcept nogil:
    cdef double at = y - x.first
    return x.table[<Py_ssize_t>at] if at >= 0.0 and at < <double>x.count else 0.0


cdef inline double _here(const Masses* x) noexcept nogil:
    # f at the highest y
    cdef double total = 0.0
    cdef Py_ssize_t c
    if x.parts == 0:
        return _listed(x, x.highest)
    for c in range(x.parts):
        total += x.weight[c * x.step] * x.up[c]
    return total


cdef inline double next_up(Masses* x) noexcept nogil:
    # f one above the highest so far
    cdef double y = x.highest, ratio, total = 0.0
    cdef Py_ssize_t c
    x.highest = y + 1.0
    if x.parts == 0:
        return _listed(x, y + 1.0)
    for c in range(x.parts):
        ratio = (x.alpha[c * x.step] + x.beta[c * x.step] * y) / (y + 1.0) if y >= 0.0 else 0.0
        x.up[c] *= ratio
        x.up[c] = x.up[c] if x.up[c] > 1e-290 else 0.0
        total += x.weight[c * x.step] * x.up[c]
    return total


cdef inline double next_down(Masses* x) noexcept nogil:
    # f one below the lowest so far
    cdef double y = x.lowest, below, total = 0.0
    cdef Py_ssize_t c
    x.lowest = y - 1.0
    if x.parts == 0:
        return _listed(x, y - 1.0)
    for c in range(x.parts):
        below = x.alpha[c * x.step] + x.beta[c * x.step] * (y - 1.0)
        x.down[c] *= y / below if y > 0.0 and below > 0.0 else 0.0
        x.down[c] = x.down[c] if x.down[c] > 1e-290 else 0.0
        total += x.weight[c * x.step] * x.down[c]
    return total


cdef struct Curve:  # G(y + 1) - G(y) = (h + b) F(y) - b, F the mean distribution function
    Masses masses
    double holding
    double backorder
    double above      # G at the highest position
    double below      # G at the lowest
    double cdf_above  # F there
    double sf_above
    double cdf_below
    double sf_below
    double last       # f at the lowest position


cdef inline double _bend(double holding, double backorder, double cdf, double sf) noexcept nogil:
    # from the smaller of the two, which keeps its digits
    if cdf < sf:
        return (holding + backorder) * cdf - backorder
    return holding - (holding + backorder) * sf


cdef inline double _slope(const Curve* x, double cdf, double sf) noexcept nogil:
    return _bend(x.holding, x.backorder, cdf, sf)


cdef inline double rise(Curve* x) noexcept nogil:
    # G one position higher
    cdef double f
    x.above += _slope(x, x.cdf_above, x.sf_above)
    f = next_up(&x.masses)
    x.cdf_above += f
    x.sf_above = x.sf_above - f if x.sf_above > f else 0.0
    return x.above


cdef inline double sink(Curve* x) noexcept nogil:
    # G one position lower
    x.sf_below += x.last
    x.cdf_below = x.cdf_below - x.last if x.cdf_below > x.last else 0.0
    x.below -= _slope(x, x.cdf_below, x.sf_below)
    x.last = next_down(&x.masses)
    return x.below


cdef inline void settle(Curve* x, double start, double cost, double cdf, double sf, const double* mass,
                        Py_ssize_t step) noexcept nogil:
    # stand at the lowest minimum of G, a walk from a position nearby at which all is known
    cdef Masses* f = &x.masses
    cdef double before
    cdef bint over
    cdef Py_ssize_t c
    f.highest = f.lowest = start
    for c in range(f.parts):
        f.up[c] = f.down[c] = mass[c * step]
    x.last = _here(f)
    x.above = x.below = cost
    x.cdf_above = x.cdf_below = cdf
    x.sf_above = x.sf_below = sf
    if _slope(x, cdf, sf) < 0.0:
        while _slope(x, x.cdf_above, x.sf_above) < 0.0:
            before = x.sf_above
            rise(x)
            over = f.highest - f.first >= <double>f.count if f.parts == 0 else x.cdf_above > 0.5
            if over and x.sf_above == before:  # what is left of the tail is rounding
                break
        f.lowest = f.highest
        for c in range(f.parts):
            f.down[c] = f.up[c]
        x.last = _here(f)
        x.below, x.cdf_below, x.sf_below = x.above, x.cdf_above, x.sf_above
        return
    while _slope(x, x.cdf_below - x.last, x.sf_below + x.last) >= 0.0:
        sink(x)
    f.highest = f.lowest
    for c in range(f.parts):
        f.up[c] = f.down[c]
    x.above, x.cdf_above, x.sf_above = x.below, x.cdf_below, x.sf_below


cdef inline double climb(Curve* x, double level, Py_ssize_t* count) noexcept nogil:
    # rise while G is below the level; returns the sum of those G, and counts them
    cdef Masses* f = &x.masses
    cdef double total = 0.0, y = f.highest, g = x.above, cdf = x.cdf_above, sf = x.sf_above, mass, alpha, beta
    if f.parts == 1 and y >= 0.0 and f.weight[0] == 1.0:  # one law by its recurrence: all in registers
        mass, alpha, beta = f.up[0], f.alpha[0], f.beta[0]
        while g < level and mass > 1e-280:
            total += g
            count[0] += 1
            g += _bend(x.holding, x.backorder, cdf, sf)
            mass *= (alpha + beta * y) / (y + 1.0)
            y += 1.0
            cdf += mass
            sf = sf - mass if sf > mass else 0.0
        f.up[0], f.highest, x.above, x.cdf_above, x.sf_above = mass, y, g, cdf, sf
    while x.above < level:
        total += x.above
        count[0] += 1
        rise(x)
    return total


cdef inline double descend(Curve* x, double level, Py_ssize_t* count) noexcept nogil:
    # the same downwards
    cdef Masses* f = &x.masses
    cdef double total = 0.0, y = f.lowest, g = x.below, cdf = x.cdf_below, sf = x.sf_below, mass, alpha, beta
    if f.parts == 1 and f.weight[0] == 1.0:
        mass, alpha, beta = f.down[0], f.alpha[0], f.beta[0]
        while g < level and y > 0.0 and mass > 1e-280:
            total += g
            count[0] += 1
            sf += mass
            cdf = cdf - mass if cdf > mass else 0.0
            g -= _bend(x.holding, x.backorder, cdf, sf)
            mass *= y / (alpha + beta * (y - 1.0))
            y -= 1.0
        f.down[0], f.lowest, x.last, x.below, x.cdf_below, x.sf_below = mass, y, mass, g, cdf, sf
    while x.below < level:
        total += x.below
        count[0] += 1
        sink(x)
    return total
