"""The simulator: the events of every row, and what is counted in them.

It knows the order of events and what a measure counts, and no formula of the service measures.  Compiled once,
without variants, so that a seed gives the same numbers on every processor of a kind.
"""
import numpy as np

from libc.math cimport NAN
from libc.string cimport memset

include "variant.pxi"
include "simulation_random.pxi"
include "simulation_demand.pxi"
include "simulation_state.pxi"
include "simulation_play.pxi"

cdef enum:  # columns of what a row orders by
    AT_TRIGGER = 0
    AT_LEVEL = 1
    AT_MULTIPLE = 2
    AT_CHANCE = 3
    AT_REVIEW = 4
    AT_LEAD = 5
    AT_START = 6
    SETTINGS = 7


cdef class Draws:
    """How rows draw: kind, three parameters, and the weights of the tables, row after row."""
    cdef const signed char[::1] kind
    cdef const double[:, ::1] parameters
    cdef const double[::1] weights
    cdef const long long[::1] ends

    def __init__(self, kind, parameters, weights, ends):
        self.kind, self.parameters, self.weights, self.ends = kind, parameters, weights, ends

    cdef int fill(self, Draw* draw, Table* table, Py_ssize_t row) noexcept nogil:
        cdef Py_ssize_t first
        draw.kind = self.kind[row]
        draw.a, draw.b, draw.c = self.parameters[row, 0], self.parameters[row, 1], self.parameters[row, 2]
        if draw.kind != TABLE:
            return 0
        first = self.ends[row - 1] if row > 0 else 0
        return fill_table(draw, table, &self.weights[first], self.ends[row] - first, draw.a)


def draw(Draws draws, seed, Py_ssize_t count):
    """Draws of every row, as a simulation with this seed makes them."""
    cdef Py_ssize_t n = draws.kind.shape[0], row
    cdef double[:, ::1] out = np.empty((n, count))
    cdef Stream stream
    cdef Draw one
    cdef Table table
    cdef uint64_t key = seed
    memset(&table, 0, sizeof(Table))
    with nogil:
        for row in range(n):
            open_stream(&stream, key, row, 0, 0)
            if draws.fill(&one, &table, row) == 0:
                draw_many(&one, &stream, &out[row, 0], count)
    _release(&table)
    return np.asarray(out)


cdef bint _known(const double* settings) noexcept nogil:
    cdef int i
    for i in range(AT_START):
        if settings[i] != settings[i]:
            return False
    return True


def play(const long long[::1] numbers, seed, Py_ssize_t replications, const double[:, ::1] settings,
         const long long[:, ::1] spans, const unsigned char[::1] whole, const long long[::1] lead_row,
         const double[:, ::1] lead_times, const double[:, ::1] lead_cumulative, bint crossing, bint lost,
         bint per_review, given, Draws main, Draws early, rate, double[:, :] value, double[:, :] error, bint logged):
    """Simulate rows, fill the measures and their standard errors; returns the log where it is asked for.

    Spans are warm-up, periods and batches of each row.  Rate is None under periodic review, else customers per
    period, and `main` what one of them wants.
    """
    cdef Py_ssize_t n = numbers.shape[0], row, r, batches, most = 1, longest = 1
    cdef const double[:, :, ::1] history = given if given is not None else np.empty((0, 0, 0))
    cdef const double[::1] customers = rate if rate is not None else np.empty(0)
    cdef bint periodic = rate is None, plain, failed = False, recorded = given is not None
    cdef uint64_t key = seed
    cdef Item item
    cdef State state
    cdef Source source
    cdef Stream drawn, chance
    cdef Table main_table, early_table
    cdef Log log
    cdef double* counts
    cdef double[::1] main_chunk = np.empty(CHUNK), early_chunk = np.empty(CHUNK)
    cdef double fraction
    cdef int k
    for row in range(n):
        most = max(most, spans[row, 2] * replications)
        if settings[row, AT_LEAD] == settings[row, AT_LEAD]:
            longest = max(longest, <Py_ssize_t>settings[row, AT_LEAD] + 1)
    cdef double[::1] count_room = np.zeros((most + 1) * COUNTS), ring = np.empty(longest)
    counts = &count_room[0]
    memset(&main_table, 0, sizeof(Table))
    memset(&early_table, 0, sizeof(Table))
    memset(&log, 0, sizeof(Log))
    memset(&state, 0, sizeof(State))
    memset(&source, 0, sizeof(Source))
    state.ring = &ring[0]
    item.crossing, item.lost, item.per_review = crossing, lost, per_review
    with nogil:
        for row in range(n):
            if not _known(&settings[row, 0]) or (not periodic and customers[row] != customers[row]):
                for k in range(MEASURES):
                    value[k, row] = error[k, row] = NAN
                continue
            item.trigger, item.level = settings[row, AT_TRIGGER], settings[row, AT_LEVEL]
            item.multiple, item.chance = settings[row, AT_MULTIPLE], settings[row, AT_CHANCE]
            item.review, item.lead = <long long>settings[row, AT_REVIEW], settings[row, AT_LEAD]
            item.whole, item.times = whole[row], NULL
            fraction = item.lead - floor(item.lead)
            if lead_row[row] >= 0:
                item.times, item.cumulative = &lead_times[lead_row[row], 0], &lead_cumulative[lead_row[row], 0]
                item.kinds = lead_times.shape[1]
                fraction = 0.0
            source.split, source.share = periodic and fraction > 0.0, fraction
            plain = item.times == NULL and item.chance >= 1.0 and not source.split and not logged
            state.size = <Py_ssize_t>item.lead + 1 if plain else 0
            if not recorded:
                failed = main.fill(&source.main, &main_table, row) != 0
                if source.split:
                    failed = failed or early.fill(&source.early, &early_table, row) != 0
            batches = spans[row, 2]
            for r in range(replications):
                if failed or log.failed or state.failed:
                    break
                memset(counts + r * batches * COUNTS, 0, batches * COUNTS * sizeof(double))
                open_stream(&drawn, key, numbers[row], r, 0)
                open_stream(&chance, key, numbers[row], r, 1)
                start(&item, &state, &chance, settings[row, AT_START])
                if periodic:
                    source.given = &history[row, r if history.shape[1] > 1 else 0, 0] if recorded else NULL
                    play_periods(&item, &state, &source, &drawn, &chance, plain, spans[row, 0], spans[row, 1], batches,
                                 &early_chunk[0], &main_chunk[0], counts + r * batches * COUNTS, r,
                                 &log if logged else NULL)
                else:
                    play_customers(&item, &state, &source.main, customers[row], &drawn, &chance, spans[row, 0],
                                   spans[row, 1], batches, counts + r * batches * COUNTS, r, &log if logged else NULL)
            estimate(counts, batches * replications, value, error, row)
    _release(&main_table)
    _release(&early_table)
    free(state.waiting)
    lines = None
    if logged and not log.failed:
        lines = np.empty((log.count, COLUMNS))
        if log.count:
            lines[:] = <double[:log.count, :COLUMNS]>log.lines
    free(log.lines)
    if failed or log.failed or state.failed:
        raise MemoryError
    return lines
