# Averages and orders of integer demand with rows of like spread side by side, as ordered.pxi does for levels.


cdef struct _Answers:  # rows of averages in the order of a chunk
    double row[16][512]


cdef double* _answer(double* wanted, int k, _Answers* answers) noexcept nogil:
    return answers.row[k] if wanted != NULL else NULL


cdef _Places _into(const _Places* out, int first, _Answers* answers) noexcept nogil:
    cdef _Places part
    part.loss, part.left = answers.row[first], answers.row[first + 1]
    part.exceeds, part.reaches = answers.row[first + 2], answers.row[first + 3]
    part.density = answers.row[first + 4]
    part.beyond_loss = _answer(out.beyond_loss, first + 5, answers)
    part.beyond_exceeds = _answer(out.beyond_exceeds, first + 6, answers)
    part.beyond_density = _answer(out.beyond_density, first + 7, answers)
    return part


cdef void _put_back(const double* values, const _Chunk* chunk, int count, double* out) noexcept nogil:
    cdef int i
    for i in range(count):
        out[chunk.order[i]] = values[i]


cdef void _put_places_back(const _Places* part, const _Chunk* chunk, Py_ssize_t at, int count,
                           const _Places* out) noexcept nogil:
    _put_back(part.loss, chunk, count, out.loss + at)
    _put_back(part.left, chunk, count, out.left + at)
    _put_back(part.exceeds, chunk, count, out.exceeds + at)
    _put_back(part.reaches, chunk, count, out.reaches + at)
    _put_back(part.density, chunk, count, out.density + at)
    if out.beyond_loss != NULL:
        _put_back(part.beyond_loss, chunk, count, out.beyond_loss + at)
        _put_back(part.beyond_exceeds, chunk, count, out.beyond_exceeds + at)
        _put_back(part.beyond_density, chunk, count, out.beyond_density + at)


cdef _Places _from(const _Places* out, Py_ssize_t at) noexcept nogil:
    cdef _Places part = out[0]
    part.loss += at
    part.left += at
    part.exceeds += at
    part.reaches += at
    part.density += at
    if part.beyond_loss != NULL:
        part.beyond_loss += at
        part.beyond_exceeds += at
        part.beyond_density += at
    return part


cdef void _averages_in_order(const _Stretch* stretch, const double* level, const double* widths, const _Places* out,
                             const _Places* grown, Py_ssize_t n) noexcept nogil:
    # of demand; or, where grown is not NULL, of demand and this growth of it
    cdef _Chunk chunk
    cdef _Answers answers
    cdef _Stretch part
    cdef _Places one, other
    cdef Py_ssize_t at = 0
    cdef bint ordered
    cdef int count
    cdef const double* y
    cdef const double* width
    while at < n:
        count = _CHUNK if at + _CHUNK <= n else <int>(n - at)
        chunk.columns = 0
        ordered = _put_in_order(stretch, at, count, &chunk)
        part = _part(stretch, at, count, ordered, &chunk)
        y = _column(level, at, count, ordered, &chunk)
        width = _column(widths, at, count, ordered, &chunk)
        one = _into(out, 0, &answers) if ordered else _from(out, at)
        if GROWS and grown != NULL:
            other = _into(grown, 8, &answers) if ordered else _from(grown, at)
            _both_averages(&part, y, width, &one, &other, count)
            if ordered:
                _put_places_back(&other, &chunk, at, count, grown)
        else:
            _uniform_averages(&part, y, width, &one, count)
        if ordered:
            _put_places_back(&one, &chunk, at, count, out)
        at += count
