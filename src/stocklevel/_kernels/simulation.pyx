"""The simulator: the events of every row, and what is counted in them.

It knows the order of events and what a measure counts, and no formula of the service measures.
"""
import numpy as np

cimport cython
from libc.math cimport INFINITY, NAN, fabs
from libc.stdint cimport uintptr_t
from libc.string cimport memcpy, memmove, memset

include "variant.pxi"
include "simulation_random.pxi"
include "simulation_demand.pxi"
include "simulation_state.pxi"
include "simulation_steps.pxi"
include "simulation_estimate.pxi"
include "simulation_play.pxi"
include "simulation_lanes.pxi"
include "simulation_answers.pxi"
include "simulation_small.pxi"
include "simulation_small_steps.pxi"
include "simulation_small_losing.pxi"
include "simulation_small_play.pxi"
include "simulation_narrow.pxi"
include "simulation_narrow_play.pxi"
include "simulation_rows.pxi"
include "simulation_look.pxi"


@cython.auto_pickle(False)
@cython.final
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


cdef inline double* _aligned(double* room) noexcept nogil:
    # to a cache line, up to seven numbers on
    return <double*>((<uintptr_t>room + 63) & ~<uintptr_t>63)


def play_plainly(const long long[::1] numbers, seed, Py_ssize_t replications, const double[:, ::1] settings,
                 const long long[:, ::1] spans, const unsigned char[::1] whole, bint lost, bint per_review, given,
                 const unsigned char[::1] small, const double[::1] peaks, const long long[::1] places, Draws main,
                 double[:, ::1] value, double[:, ::1] error):
    """Simulate some of the rows, with reviews every R >= 1 periods and fixed whole lead times; fill their measures.

    Settings, spans (warm-up, periods and batches), measures and errors are those of all rows, of which `numbers` are
    played; draws are of these, and places is where they stand in given demand, of shape (rows, replications or
    1, periods); small says of which rows single precision holds all numbers.
    """
    cdef Py_ssize_t n = numbers.shape[0], row, r, at, pair = 0, before, most, pairs = n * replications
    cdef Py_ssize_t longest = 0, batches = 0
    cdef const double[:, :, ::1] history = given if given is not None else np.empty((0, 0, 0))
    cdef bint recorded = given is not None, several = replications > 1, failed = False
    cdef uint64_t key = seed
    cdef long long[::1] place = np.zeros(n + 1, np.int64)
    cdef Run runs[16]
    cdef Table tables[16]
    cdef Py_ssize_t size, filled = 0, room = 0 if several else min(KEPT, (n + LANES - 1) // LANES * LANES)
    cdef long long[::1] filled_by = np.full(room + 1, -1, np.int64)
    cdef double[::1] answers = np.empty(2 * (room + WIDE) * MEASURES)
    cdef long long astray[32]
    cdef int j, count
    for row in range(n):
        at = numbers[row]
        place[row + 1] = place[row] + (spans[at, 2] * replications * COUNTS if several else 0)
        batches = max(batches, spans[at, 2])
        if settings[AT_LEAD, at] == settings[AT_LEAD, at]:
            longest = max(longest, <Py_ssize_t>settings[AT_LEAD, at])
    cdef double[::1] kept = np.full(place[n] + 1, np.nan)  # of rows that are not played too
    # both kinds of lanes use the room of one: the lanes of single precision take half of it
    cdef double[::1] order_room = np.empty((STRETCH + 2 * longest + 3) * LANES)
    cdef double[::1] demand_room = np.empty(STRETCH * (LANES + 1) + LANES)
    cdef double[::1] count_room = np.empty((batches + 2) * COUNTS * LANES)
    cdef double* orders = _aligned(&order_room[0])
    cdef double* demand = _aligned(&demand_room[0])
    cdef double* counts = _aligned(&count_room[0])
    memset(tables, 0, sizeof(tables))
    with nogil:
        while pair < pairs:
            if recorded and not several and small[numbers[pair]] == TWO_BYTES:
                count = go_together(settings, spans, &small[0], &numbers[pair], n - pair)
                if count >= ENOUGH:
                    answer_narrow(settings, spans, &peaks[0], history, &numbers[pair], &places[pair], n - pair, count,
                                  per_review, <short*>orders, <short*>demand, <int*>counts,
                                  &answers[2 * room * MEASURES])
                    for j in range(WIDE):
                        astray[j] = numbers[pair + j] if j < count else -1
                    _hand_out(&answers[2 * room * MEASURES], astray, 2, &value[0, 0], &error[0, 0], value.shape[1])
                    pair += count
                    continue
            count, size, most, before = 0, 1, 0, -1
            while pair < pairs and count < LANES:
                row, r = pair, 0
                if several:
                    row, r = pair // replications, pair % replications
                at = numbers[row]
                if not _begin(&runs[count], settings, &spans[at, 0], whole[at], lost, per_review, key, at, r):
                    _leave_unknown(value, error, at)
                    pair += 1
                    continue
                runs[count].small = recorded and small[at]
                if count >= ENOUGH and runs[0].small and not _goes_with(&runs[count], &runs[0]):
                    break
                pair += 1
                runs[count].kept = place[row] + r * spans[at, 2] * COUNTS
                if recorded:
                    runs[count].given = &history[places[row], r if history.shape[1] > 1 else 0, 0]
                    if row + LANES < n:
                        runs[count].next = &history[places[row + LANES], 0, 0]
                else:
                    open_stream(&runs[count].drawn, key, at, r, 0)
                    if row == before:
                        runs[count].draw = runs[count - 1].draw
                    elif main.fill(&runs[count].draw, &tables[count], row) != 0:
                        failed = True
                        break
                size, most = max(size, <Py_ssize_t>settings[AT_LEAD, at] + 1), max(most, spans[at, 2])
                before = row
                count += 1
            if failed:
                break
            if count > 0:
                if recorded and _are_small(runs, count, most):
                    play_small(runs, count, most, <float*>orders, size, <float*>demand, counts)
                else:
                    memset(counts, 0, (most + 1) * COUNTS * LANES * sizeof(double))
                    play_lanes(runs, count, orders, size, demand, counts, lost)
                if several:
                    for j in range(count):
                        _keep(&runs[j], j, counts + COUNTS * LANES, &kept[runs[j].kept])
                    continue
                _answer_lanes(runs, counts + COUNTS * LANES, most, count, &answers[2 * filled * MEASURES])
                for j in range(LANES):
                    filled_by[filled + j] = runs[j].row if j < count else -1
                filled += LANES
                if filled == room:
                    _hand_out(&answers[0], &filled_by[0], filled // LANES, &value[0, 0], &error[0, 0], value.shape[1])
                    filled = 0
        _hand_out(&answers[0], &filled_by[0], filled // LANES, &value[0, 0], &error[0, 0], value.shape[1])
        for row in range(n if several else 0):
            estimate(&kept[place[row]], spans[numbers[row], 2] * replications, value, error, numbers[row])
    for j in range(LANES):
        _release(&tables[j])
    if failed:
        raise MemoryError


def play(const long long[::1] numbers, seed, Py_ssize_t replications, const double[:, ::1] settings,
         const long long[:, ::1] spans, const unsigned char[::1] whole, const long long[::1] lead_row,
         const double[:, ::1] lead_times, const double[:, ::1] lead_cumulative, bint crossing, bint lost,
         bint per_review, given, const long long[::1] places, Draws main, Draws early, rate,
         double[:, :] value, double[:, :] error, bint logged):
    """The same of any rows that are all reviewed periodically or all watched continuously; returns the log, if asked.

    Rate is None under periodic review, else customers per period, and `main` what one of them wants.
    """
    cdef Py_ssize_t n = numbers.shape[0], row, r, batches, most = 1
    cdef const double[:, :, ::1] history = given if given is not None else np.empty((0, 0, 0))
    cdef const double[::1] customers = rate if rate is not None else np.empty(0)
    cdef bint periodic = rate is None, failed = False, recorded = given is not None
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
    for row in range(n):
        most = max(most, spans[row, 2] * replications)
    cdef double[::1] count_room = np.zeros((most + 1) * COUNTS)
    counts = &count_room[0]
    memset(&main_table, 0, sizeof(Table))
    memset(&early_table, 0, sizeof(Table))
    memset(&log, 0, sizeof(Log))
    memset(&state, 0, sizeof(State))
    memset(&source, 0, sizeof(Source))
    item.crossing = crossing
    with nogil:
        for row in range(n):
            if not _known(&settings[row, 0]) or (not periodic and customers[row] != customers[row]):
                _leave_unknown(value, error, row)
                continue
            _read(&item, &settings[row, 0], whole[row], lost, per_review)
            fraction = item.lead - floor(item.lead)
            if lead_row[row] >= 0:
                item.times, item.cumulative = &lead_times[lead_row[row], 0], &lead_cumulative[lead_row[row], 0]
                item.kinds = lead_times.shape[1]
                fraction = 0.0
            source.split, source.share = periodic and fraction > 0.0, fraction
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
                    source.given = &history[places[row], r if history.shape[1] > 1 else 0, 0] if recorded else NULL
                    play_periods(&item, &state, &source, &drawn, &chance, spans[row, 0], spans[row, 1], batches,
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
