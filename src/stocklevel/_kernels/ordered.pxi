# Rows of like spread side by side: their sums have like numbers of terms, and a block is as slow as its slowest row.
# The answer of a row does not depend on its neighbours.
from libc.string cimport memset as _memset

from stocklevel._kernels.vmath cimport to_bits as _to_bits

cdef enum:
    _CHUNK = 512    # rows that are put in order at a time
    _KEYS = 256     # of the spread: eight to an octave
    _COLUMNS = 15


cdef struct _Chunk:
    int order[512]
    double column[15][512]
    double answer[512]
    int columns  # in use


cdef bint _put_in_order(const _Stretch* x, Py_ssize_t at, int count, _Chunk* chunk) noexcept nogil:
    # a counting sort; whether there was anything to do
    cdef int start[257]
    cdef int key[512]
    cdef long long bits, least = 1 << 62
    cdef double spread
    cdef int i, most = 0
    for i in range(count):
        spread = x.std[at + i]
        if x.time != NULL:
            spread *= _root(x.time[at + i])
        bits = _to_bits(spread) >> 49
        least = bits if bits < least and spread > 0.0 else least
    for i in range(count):
        spread = x.std[at + i]
        if x.time != NULL:
            spread *= _root(x.time[at + i])
        bits = <long long>(_to_bits(spread) >> 49) - least
        bits = bits if bits > 0 else 0
        key[i] = bits if bits < _KEYS - 1 else _KEYS - 1
        most = key[i] if key[i] > most else most
    if most == 0:
        return False
    _memset(start, 0, sizeof(start))
    for i in range(count):
        start[key[i] + 1] += 1
    for i in range(_KEYS):
        start[i + 1] += start[i]
    for i in range(count):
        chunk.order[start[key[i]]] = i
        start[key[i]] += 1
    return True


cdef const double* _column(const double* values, Py_ssize_t at, int count, bint ordered, _Chunk* chunk) noexcept nogil:
    cdef double* column
    cdef int i
    if values == NULL or not ordered:
        return values + at if values != NULL else NULL
    column = chunk.column[chunk.columns]
    chunk.columns += 1
    for i in range(count):
        column[i] = values[at + chunk.order[i]]
    return column


cdef _Stretch _part(const _Stretch* x, Py_ssize_t at, int count, bint ordered, _Chunk* chunk) noexcept nogil:
    cdef _Stretch part
    part.a = _column(x.a, at, count, ordered, chunk)
    part.b = _column(x.b, at, count, ordered, chunk) if x.b != x.a else part.a
    part.c = _column(x.c, at, count, ordered, chunk) if x.c != x.a else part.a
    part.mean = _column(x.mean, at, count, ordered, chunk)
    part.std = _column(x.std, at, count, ordered, chunk)
    part.time = _column(x.time, at, count, ordered, chunk)
    part.grows = x.grows
    return part


cdef inline void _fill_in_order(int measure, int law, const _Stretch* before, const _Stretch* after,
                                const double* widths, const double* allowed, const double* cycles, double* out,
                                Py_ssize_t size) noexcept nogil:
    cdef _Chunk chunk
    cdef _Stretch sooner, later
    cdef Py_ssize_t at = 0
    cdef bint ordered
    cdef int i, count
    if not WHOLE:
        _fill_levels(measure, law, before, after, widths, allowed, cycles, out, size)
        return
    while at < size:
        count = _CHUNK if at + _CHUNK <= size else size - at
        chunk.columns = 0
        ordered = _put_in_order(after, at, count, &chunk)
        later = _part(after, at, count, ordered, &chunk)
        sooner = _part(before, at, count, ordered, &chunk) if measure == _SHORT else later
        _fill_levels(measure, law, &sooner, &later, _column(widths, at, count, ordered, &chunk),
                     _column(allowed, at, count, ordered, &chunk), _column(cycles, at, count, ordered, &chunk),
                     &chunk.answer[0] if ordered else out + at, count)
        if ordered:
            for i in range(count):
                out[at + chunk.order[i]] = chunk.answer[i]
        at += count
