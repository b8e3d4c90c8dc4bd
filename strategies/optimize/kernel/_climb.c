/* One step of the Newton method of newton.py on the dual of dual.py, compiled.
 *
 * The same formulas in the same order of decisions; read those files first, they are the method.
 * Optional: without a compiler, or with terms that are not here (short weight that has a price,
 * purchases that pay more than spread and impact), NumPy does the work. No state, no globals: many
 * threads may step at once, and the interpreter goes on meanwhile.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && defined(__linux__)
#define WIDE __attribute__((target_clones("arch=haswell", "default")))
#else
#define WIDE
#endif

enum { LAST = 4, SHORT_ = 4, TOLL = 3, ERROR_ = 2, VOLATILITY = 1 }; /* places from the end */
enum { UNKNOWNS_MAX = 1024, BLOCK = 32, LANES = 8 };
#define TINY 1e-100

typedef struct {
    Py_ssize_t n, lots, unknowns, factors, rows; /* rows = factors + linear rows */
    const double *current, *spread, *impact, *least, *most, *ends, *roots, *rates;
    const double *target, *specific, *matrix, *level, *give, *limits;
    const double *turns; /* one where a trade counts for the turnover; NULL where all do */
    const double *slope0, *curve0; /* what wishes and the anchor add at x = 0; NULL for nothing */
    const char *sign, *fixed;
    double gamma, xi, constant;
} Problem;

typedef struct {
    double *z, *gradient, *x, *slope, *active, *heavy, *exposure;
    double value, gamma;
} Point;

static double larger(double a, double b) { return a > b ? a : b; }
static double smaller(double a, double b) { return a < b ? a : b; }

static double root_of(double push, double a, double curve) {
    return 2 * push / larger(curve + sqrt(curve * curve + 4 * a * push), TINY);
}

static double slope_at(double root, double a, double curve) {
    return 1 / larger(a + 0.5 * curve / larger(root, TINY), TINY);
}

/* How far one name is sold when pushed by ``push``: pieces._along. */
static double along(const Problem *p, Py_ssize_t i, double push, double a, double curve,
                    double *slope) {
    const double *ends = p->ends + i * p->lots, *roots = p->roots + i * p->lots;
    const double *rates = p->rates + i * p->lots;
    Py_ssize_t gone = 0;
    double reached = 0, start = 0, rest, root;
    *slope = 0;
    while (gone < p->lots) {
        double resistance = a * ends[gone] + curve * roots[gone];
        if (!(resistance + rates[gone] < push)) break;
        reached = resistance;
        start = ends[gone++];
    }
    if (gone == p->lots) return ends[p->lots - 1];
    rest = push - rates[gone];
    if (reached >= rest) return start;
    root = root_of(larger(rest, 0), a, curve);
    *slope = slope_at(root, a, curve);
    return root * root;
}

static double tax_of(const Problem *p, Py_ssize_t i, double sold) {
    const double *ends = p->ends + i * p->lots, *rates = p->rates + i * p->lots;
    double tax = rates[0] * sold;
    for (Py_ssize_t l = 0; l + 1 < p->lots; l++) {
        if (sold > ends[l]) tax += (rates[l + 1] - rates[l]) * (sold - ends[l]);
    }
    return tax;
}

/* The best trade of one name: pieces.respond. */
static double answer(const Problem *p, Py_ssize_t i, double g, double a, double toll,
                     double *slope) {
    const double fee = p->spread[i] + (p->turns ? toll * p->turns[i] : toll);
    const double curve = 1.5 * p->impact[i];
    double x = 0;
    *slope = 0;
    if (g + fee < 0 && p->most[i] > 0) {
        const double root = root_of(-(g + fee), a, curve);
        x = root * root;
        *slope = slope_at(root, a, curve);
    } else if (p->least[i] < 0 && g - fee > p->rates[i * p->lots]) {
        x = -along(p, i, g - fee, a, curve, slope);
    }
    if (!(x > p->least[i] && x < p->most[i])) *slope = 0;
    return smaller(larger(x, p->least[i]), p->most[i]);
}

static double cost_of(const Problem *p, Py_ssize_t i, double x) {
    const double size = fabs(x), cost = p->spread[i] * size + p->impact[i] * (size * sqrt(size));
    return x < 0 ? cost + tax_of(p, i, size) : cost;
}

WIDE static double dot(const double *a, const double *b, Py_ssize_t n) {
    double sums[LANES] = {0}, rest = 0;
    Py_ssize_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        for (int lane = 0; lane < LANES; lane++) sums[lane] += a[i + lane] * b[i + lane];
    }
    for (; i < n; i++) rest += a[i] * b[i];
    for (int lane = LANES / 2; lane > 0; lane /= 2) {
        for (int to = 0; to < lane; to++) sums[to] += sums[to + lane];
    }
    return sums[0] + rest;
}

WIDE static void add_times(double *to, const double *from, double factor, Py_ssize_t n) {
    for (Py_ssize_t i = 0; i < n; i++) to[i] += factor * from[i];
}

/* A sum that keeps what rounding would lose: the climb ends where only rounding is left.
 * Source: Neumaier, ZAMM 54 (1974). */
typedef struct {
    double total, lost;
} Sum;

static void add(Sum *sum, double value) {
    const double total = sum->total + value;
    sum->lost += fabs(sum->total) >= fabs(value) ? (sum->total - total) + value
                                                 : (value - total) + sum->total;
    sum->total = total;
}

static double of(const Sum *sum) { return sum->total + sum->lost; }

/* dual.evaluate: the value, the gradient and every name's answer at the prices o->z. */
static void evaluate(const Problem *p, Point *o) {
    const Py_ssize_t u = p->unknowns, k = p->factors, rows = p->rows;
    const double *z = o->z, toll = z[u - TOLL];
    const double gamma = p->gamma + z[u - ERROR_], xi = p->xi + z[u - VOLATILITY];
    const double whole = gamma + xi;
    Sum errors = {0, 0}, variances = {0, 0}, costs = {0, 0}, turns = {0, 0}, pays = {0, 0};
    double error, variance, block[UNKNOWNS_MAX];
    double *gradient = o->gradient;
    memset(gradient, 0, (size_t)u * sizeof(double));
    memset(block, 0, (size_t)rows * sizeof(double));
    for (Py_ssize_t i = 0; i < p->n; i++) {
        const double *row = p->matrix + i * rows;
        const double own = p->specific[i], held = p->current[i], apart0 = held - p->target[i];
        double g = gamma * own * apart0 + dot(row, z, rows) + xi * own * held;
        double a = whole * own, slope;
        if (p->slope0) {
            g += p->slope0[i];
            a += p->curve0[i];
        }
        const double x = answer(p, i, g, a, toll, &slope);
        const double size = fabs(x), w = held + x, apart = w - p->target[i];
        add(&costs, cost_of(p, i, x));
        if (p->slope0) add(&costs, p->slope0[i] * x + 0.5 * p->curve0[i] * x * x);
        add(&turns, p->turns ? size * p->turns[i] : size);
        o->x[i] = x;
        o->slope[i] = slope;
        o->active[i] = own * apart;
        o->heavy[i] = own * w;
        add(&errors, o->active[i] * apart);
        add(&variances, o->heavy[i] * w);
        add_times(block, row, w, rows);
        if (i % BLOCK == BLOCK - 1 || i + 1 == p->n) {
            add_times(gradient, block, 1, rows);
            memset(block, 0, (size_t)rows * sizeof(double));
        }
    }
    for (Py_ssize_t j = 0; j < rows; j++) {
        double broken = gradient[j] - p->level[j];
        if (j < k) {
            double exposure = (z[j] - xi * p->level[j]) / whole;
            double total = exposure + p->level[j];
            o->exposure[j] = exposure;
            add(&errors, exposure * exposure);
            add(&variances, total * total);
            broken -= exposure;
        }
        gradient[j] = broken - p->give[j] * z[j];
        add(&pays, z[j] * (broken - 0.5 * p->give[j] * z[j]));
    }
    error = of(&errors);
    variance = of(&variances);
    gradient[u - SHORT_] = -p->limits[0];
    gradient[u - TOLL] = of(&turns) - p->limits[1];
    gradient[u - ERROR_] = 0.5 * error - 0.5 * p->limits[2];
    gradient[u - VOLATILITY] = 0.5 * variance - 0.5 * p->limits[3];
    for (Py_ssize_t j = rows; j < u; j++) add(&pays, z[j] * gradient[j]);
    add(&pays, of(&costs));
    add(&pays, p->constant);
    add(&pays, 0.5 * (p->gamma * error + p->xi * variance));
    o->value = of(&pays);
    o->gamma = whole;
}

/* H += sum over four names of s c c', lower triangle; c is (4, u), s (4,). */
WIDE static void add_four(double *h, const double *c, const double *s, Py_ssize_t u) {
    const double *c0 = c, *c1 = c + u, *c2 = c + 2 * u, *c3 = c + 3 * u;
    for (Py_ssize_t i = 0; i < u; i++) {
        const double f0 = s[0] * c0[i], f1 = s[1] * c1[i], f2 = s[2] * c2[i], f3 = s[3] * c3[i];
        double *row = h + i * u;
        if (f0 == 0 && f1 == 0 && f2 == 0 && f3 == 0) continue;
        for (Py_ssize_t j = 0; j <= i; j++) {
            row[j] += (f0 * c0[j] + f1 * c1[j]) + (f2 * c2[j] + f3 * c3[j]);
        }
    }
}

/* dual.curvature: minus the generalised Hessian, lower triangle of (u, u). */
static void curvature(const Problem *p, const Point *o, double *h, double *four) {
    const Py_ssize_t u = p->unknowns, k = p->factors, rows = p->rows;
    double s[4];
    Py_ssize_t filled = 0;
    memset(h, 0, (size_t)(u * u) * sizeof(double));
    for (Py_ssize_t i = 0; i <= p->n; i++) {
        if (i < p->n && o->slope[i] > 0) {
            double *c = four + filled * u;
            memcpy(c, p->matrix + i * rows, (size_t)rows * sizeof(double));
            c[u - SHORT_] = 0;
            c[u - TOLL] = (o->x[i] > 0 ? 1 : -1) * (p->turns ? p->turns[i] : 1);
            c[u - ERROR_] = o->active[i];
            c[u - VOLATILITY] = o->heavy[i];
            s[filled++] = o->slope[i];
        }
        if (filled == 4 || (i == p->n && filled)) {
            for (; filled < 4; filled++) {
                s[filled] = 0;
                memset(four + filled * u, 0, (size_t)u * sizeof(double));
            }
            add_four(h, four, s, u);
            filled = 0;
        }
    }
    for (Py_ssize_t j = 0; j < rows; j++) h[j * u + j] += p->give[j];
    double *error = h + (u - ERROR_) * u, *volatility = h + (u - VOLATILITY) * u;
    for (Py_ssize_t j = 0; j < k; j++) {
        const double apart = o->exposure[j], total = apart + p->level[j];
        h[j * u + j] += 1 / o->gamma;
        error[j] -= apart / o->gamma;
        volatility[j] -= total / o->gamma;
        error[u - ERROR_] += apart * apart / o->gamma;
        volatility[u - VOLATILITY] += total * total / o->gamma;
        volatility[u - ERROR_] += apart * total / o->gamma;
    }
}

static double at(const double *h, Py_ssize_t u, Py_ssize_t i, Py_ssize_t j) {
    return i >= j ? h[i * u + j] : h[j * u + i];
}

/* Cholesky: the upper triangle of (m, m) becomes the root; 0 where it is not positive definite. */
WIDE static int factor(double *matrix, Py_ssize_t m) {
    for (Py_ssize_t k = 0; k < m; k++) {
        double *pivot = matrix + k * m;
        if (!(pivot[k] > 0)) return 0;
        const double root = sqrt(pivot[k]), scale = 1 / root;
        pivot[k] = root;
        for (Py_ssize_t j = k + 1; j < m; j++) pivot[j] *= scale;
        for (Py_ssize_t i = k + 1; i < m; i++) {
            double *row = matrix + i * m;
            const double times = pivot[i];
            if (times == 0) continue;
            for (Py_ssize_t j = i; j < m; j++) row[j] -= times * pivot[j];
        }
    }
    return 1;
}

/* newton._restricted: the step in the free prices, the others going to zero. */
static void restricted(const Problem *p, const double *h, const double *g, const double *z,
                       const char *free_, double *step, double *room) {
    const Py_ssize_t u = p->unknowns;
    double *matrix = room, *pull = room + u * u;
    Py_ssize_t inside[UNKNOWNS_MAX], m = 0;
    for (Py_ssize_t i = 0; i < u; i++) {
        step[i] = free_[i] ? 0 : -z[i];
        if (free_[i]) inside[m++] = i;
    }
    for (Py_ssize_t r = 0; r < m; r++) {
        double sum = g[inside[r]];
        for (Py_ssize_t j = 0; j < u; j++) {
            if (step[j] != 0) sum -= at(h, u, inside[r], j) * step[j];
        }
        pull[r] = sum;
        for (Py_ssize_t c = r; c < m; c++) matrix[r * m + c] = at(h, u, inside[r], inside[c]);
    }
    if (!factor(matrix, m)) { /* rounding undid that it is positive definite: each moves alone */
        for (Py_ssize_t r = 0; r < m; r++) step[inside[r]] = pull[r] / h[inside[r] * (u + 1)];
        return;
    }
    for (Py_ssize_t r = 0; r < m; r++) {
        const double *row = matrix + r * m;
        pull[r] /= row[r];
        add_times(pull + r + 1, row + r + 1, -pull[r], m - r - 1);
    }
    for (Py_ssize_t r = m - 1; r >= 0; r--) {
        const double *row = matrix + r * m;
        pull[r] = (pull[r] - dot(row + r + 1, pull + r + 1, m - r - 1)) / row[r];
    }
    for (Py_ssize_t r = 0; r < m; r++) step[inside[r]] = pull[r];
}

static double unit_of(const Problem *p, Py_ssize_t i) {
    const Py_ssize_t u = p->unknowns;
    double limit = i >= u - ERROR_ ? p->limits[LAST - (u - i)] : 1;
    return limit > 0 ? limit : 1;
}

/* Whether a signed price would fall below zero. */
static int leaves(const Problem *p, const Point *o, const char *free_, const double *step,
                  Py_ssize_t i) {
    return p->sign[i] && free_[i] && o->z[i] + step[i] < 0;
}

/* Whether one that is held at zero would rise from it. */
static int enters(const Problem *p, const Point *o, const double *h, const char *free_,
                  const double *step, double least, Py_ssize_t i) {
    const Py_ssize_t u = p->unknowns;
    if (!p->sign[i] || free_[i] || p->fixed[i]) return 0;
    double slope = o->gradient[i];
    for (Py_ssize_t j = 0; j < u; j++) slope -= at(h, u, i, j) * step[j];
    return slope > least * unit_of(p, i);
}

/* newton._direction: the step that maximises the damped model, signed prices staying >= 0. */
static void direction(const Problem *p, const Point *o, double damping, const double *tuning,
                      double *h, char *free_, double *step, double *room) {
    const Py_ssize_t u = p->unknowns;
    const int changes_max = (int)tuning[2];
    curvature(p, o, h, room);
    for (Py_ssize_t i = 0; i < u; i++) {
        const double unit = unit_of(p, i);
        h[i * u + i] += damping * (h[i * u + i] + tuning[0] * unit * unit);
        free_[i] = !(p->fixed[i] || (p->sign[i] && o->z[i] <= 0 && o->gradient[i] <= 0));
    }
    for (int change = 0; change < changes_max; change++) {
        const int together = change < changes_max / 8; /* then the first of them alone: Murty */
        int left = 0, wanted = 0;
        restricted(p, h, o->gradient, o->z, free_, step, room);
        for (Py_ssize_t i = 0; together && i < u; i++) {
            if (leaves(p, o, free_, step, i)) {
                free_[i] = 0;
                left = 1;
            }
        }
        if (left) continue;
        for (Py_ssize_t i = 0; i < u && (together || !wanted); i++) {
            if (leaves(p, o, free_, step, i) || enters(p, o, h, free_, step, tuning[1], i)) {
                free_[i] = !free_[i];
                wanted = 1;
            }
        }
        if (!wanted) break;
    }
}

/* newton._rises: Armijo's condition, up to the rounding of the two values. */
static int rises(const Problem *p, const Point *old, const Point *new_, double armijo,
                 double rounding) {
    double promised = 0, size = 0;
    const Py_ssize_t u = p->unknowns;
    for (Py_ssize_t i = 0; i < u; i++) {
        const double level = i < p->rows ? p->level[i] : p->limits[i - p->rows];
        promised += old->gradient[i] * (new_->z[i] - old->z[i]);
        size += fabs(new_->z[i]) * fabs(level);
    }
    return new_->value >= old->value + armijo * promised - rounding * (fabs(old->value) + size);
}

/* ---- Python's side: buffers in, buffers out ---- */

enum { ARRAYS = 19, OUT = 7 };

static void *room_for(Py_ssize_t u) { return malloc((size_t)(3 * u * u + 12 * u) * sizeof(double)); }

/* Reads the tuple of arrays and the scalars; the sizes are checked against each other. */
static int read_problem(Py_buffer *in, double gamma, double xi, double constant, Py_ssize_t factors,
                        Problem *p) {
    const Py_ssize_t d = (Py_ssize_t)sizeof(double), n = in[0].len / d;
    const Py_ssize_t rows = in[11].len / d, u = in[16].len;
    *p = (Problem){.n = n, .lots = n ? in[5].len / d / n : 0, .unknowns = u, .factors = factors,
                   .rows = rows, .gamma = gamma, .xi = xi, .constant = constant};
    const double **place[] = {&p->current, &p->spread, &p->impact, &p->least, &p->most, &p->ends,
                              &p->roots, &p->rates, &p->target, &p->specific, &p->matrix,
                              &p->level, &p->give, &p->limits, &p->slope0, &p->curve0};
    const Py_ssize_t lots = n * p->lots;
    const Py_ssize_t size[] = {n, n, n, n, n, lots, lots, lots, n, n, n * rows, rows, rows, LAST};
    for (int i = 0; i < 16; i++) *place[i] = in[i].buf;
    for (int i = 0; i < 14; i++) {
        if (in[i].len != size[i] * d) return 0;
    }
    if (in[14].len == 0) p->slope0 = p->curve0 = NULL;
    else if (in[14].len != n * d || in[15].len != n * d) return 0;
    p->sign = in[16].buf;
    p->fixed = in[17].buf;
    p->turns = in[18].len ? in[18].buf : NULL;
    if (in[18].len && in[18].len != n * d) return 0;
    return in[17].len == u && u == rows + LAST && u <= UNKNOWNS_MAX && factors <= rows && p->lots > 0;
}

static void release(Py_buffer *buffers, int count) {
    for (int i = 0; i < count; i++) PyBuffer_Release(&buffers[i]);
}

static int acquire(PyObject *arrays, Py_buffer *buffers, int count, int flags) {
    if (!PyTuple_Check(arrays) || PyTuple_GET_SIZE(arrays) != count) {
        PyErr_SetString(PyExc_TypeError, "a tuple of arrays of another length");
        return 0;
    }
    for (int i = 0; i < count; i++) {
        if (PyObject_GetBuffer(PyTuple_GET_ITEM(arrays, i), &buffers[i], flags) < 0) {
            release(buffers, i);
            return 0;
        }
    }
    return 1;
}

static int point_of(Py_buffer *out, const Problem *p, Point *o) {
    const Py_ssize_t d = (Py_ssize_t)sizeof(double);
    double **place[] = {&o->z, &o->gradient, &o->x, &o->slope, &o->active, &o->heavy, &o->exposure};
    const Py_ssize_t size[] = {p->unknowns, p->unknowns, p->n, p->n, p->n, p->n, p->factors};
    for (int i = 0; i < OUT; i++) {
        if (out[i].len != size[i] * d) return 0;
        *place[i] = out[i].buf;
    }
    return 1;
}

static PyObject *py_evaluate(PyObject *self, PyObject *args) {
    PyObject *arrays, *outs;
    double gamma, xi, constant;
    Py_ssize_t factors;
    Py_buffer in[ARRAYS], out[OUT];
    Problem p;
    Point o;
    int fits;
    (void)self;
    if (!PyArg_ParseTuple(args, "OdddnO", &arrays, &gamma, &xi, &constant, &factors, &outs))
        return NULL;
    if (!acquire(arrays, in, ARRAYS, PyBUF_C_CONTIGUOUS)) return NULL;
    if (!acquire(outs, out, OUT, PyBUF_C_CONTIGUOUS | PyBUF_WRITABLE)) {
        release(in, ARRAYS);
        return NULL;
    }
    fits = read_problem(in, gamma, xi, constant, factors, &p) && point_of(out, &p, &o);
    if (fits) {
        Py_BEGIN_ALLOW_THREADS
        evaluate(&p, &o);
        Py_END_ALLOW_THREADS
    }
    release(in, ARRAYS);
    release(out, OUT);
    if (!fits) return PyErr_SetString(PyExc_ValueError, "arrays do not fit together"), NULL;
    return Py_BuildValue("dd", o.value, o.gamma);
}

/* newton.climb: one damped step, cut back until the dual rises enough. */
static int climb(const Problem *p, const Point *here, Point *there, double *damping,
                 const double *tuning) {
    const Py_ssize_t u = p->unknowns;
    const double up = tuning[3], down = tuning[4], least = tuning[5];
    const int cuts_max = (int)tuning[6], few = (int)tuning[7], many = (int)tuning[8];
    double *room = room_for(u), *h, *step, length = 1;
    char *free_;
    int result = -1;
    if (!room) return -2;
    h = room + u * u + 5 * u;
    step = h + u * u;
    free_ = (char *)(step + u);
    direction(p, here, *damping, tuning, h, free_, step, room);
    for (int cut = 0; cut < cuts_max; cut++) {
        for (Py_ssize_t i = 0; i < u; i++) {
            const double z = here->z[i] + length * step[i];
            there->z[i] = p->sign[i] ? larger(z, 0) : z;
        }
        evaluate(p, there);
        if (rises(p, here, there, tuning[9], tuning[10])) {
            double weaker = larger(*damping / down, least);
            *damping = cut >= many ? *damping * up : (cut <= few ? weaker : *damping);
            result = cut;
            break;
        }
        length *= cut <= few ? 0.5 : 0.25;
    }
    if (result < 0) *damping *= up;
    free(room);
    return result;
}

static PyObject *py_climb(PyObject *self, PyObject *args) {
    PyObject *arrays, *olds, *outs, *tuner;
    double gamma, xi, constant, damping;
    Py_ssize_t factors;
    Py_buffer in[ARRAYS], old[OUT], out[OUT], tuning;
    Problem p;
    Point here, there;
    int fits, made = -1;
    (void)self;
    if (!PyArg_ParseTuple(args, "OdddnOdddOO", &arrays, &gamma, &xi, &constant, &factors, &olds,
                          &here.value, &here.gamma, &damping, &outs, &tuner))
        return NULL;
    if (!acquire(arrays, in, ARRAYS, PyBUF_C_CONTIGUOUS)) return NULL;
    if (!acquire(olds, old, OUT, PyBUF_C_CONTIGUOUS)) return release(in, ARRAYS), NULL;
    if (!acquire(outs, out, OUT, PyBUF_C_CONTIGUOUS | PyBUF_WRITABLE))
        return release(in, ARRAYS), release(old, OUT), NULL;
    if (PyObject_GetBuffer(tuner, &tuning, PyBUF_C_CONTIGUOUS) < 0)
        return release(in, ARRAYS), release(old, OUT), release(out, OUT), NULL;
    fits = tuning.len == 11 * (Py_ssize_t)sizeof(double) &&
           read_problem(in, gamma, xi, constant, factors, &p) && point_of(old, &p, &here) &&
           point_of(out, &p, &there);
    if (fits) {
        Py_BEGIN_ALLOW_THREADS
        made = climb(&p, &here, &there, &damping, tuning.buf);
        Py_END_ALLOW_THREADS
    }
    release(in, ARRAYS);
    release(old, OUT);
    release(out, OUT);
    PyBuffer_Release(&tuning);
    if (!fits) return PyErr_SetString(PyExc_ValueError, "arrays do not fit together"), NULL;
    if (made == -2) return PyErr_NoMemory();
    return Py_BuildValue("iddd", made, damping, there.value, there.gamma);
}

/* pieces.respond and pieces.worth of names by themselves, at slopes and curvatures given. */
static PyObject *py_respond(PyObject *self, PyObject *args) {
    enum { NAMED = 10, TURNS = 9, FOUND = 2 };
    PyObject *arrays, *outs;
    double toll;
    Py_buffer in[NAMED], out[FOUND];
    Problem p = {0};
    int fits = 1;
    (void)self;
    if (!PyArg_ParseTuple(args, "OdO", &arrays, &toll, &outs)) return NULL;
    if (!acquire(arrays, in, NAMED, PyBUF_C_CONTIGUOUS)) return NULL;
    if (!acquire(outs, out, FOUND, PyBUF_C_CONTIGUOUS | PyBUF_WRITABLE))
        return release(in, NAMED), NULL;
    const double **place[] = {&p.spread, &p.impact, &p.least, &p.most, &p.ends, &p.roots, &p.rates};
    p.n = in[0].len / (Py_ssize_t)sizeof(double);
    p.lots = p.n ? in[4].len / (Py_ssize_t)sizeof(double) / p.n : 1;
    for (int i = 0; i < NAMED; i++) {
        const Py_ssize_t wide = i >= 4 && i < 7 ? p.lots : 1;
        if (i == TURNS && !in[i].len) continue;
        if (in[i].len != p.n * wide * (Py_ssize_t)sizeof(double)) fits = 0;
        if (i < 7) *place[i] = in[i].buf;
    }
    for (int i = 0; i < FOUND; i++) fits = fits && out[i].len == in[0].len;
    if (fits) {
        const double *slopes = in[7].buf, *curves = in[8].buf;
        p.turns = in[TURNS].len ? in[TURNS].buf : NULL;
        double *trades = out[0].buf, *worths = out[1].buf;
        Py_BEGIN_ALLOW_THREADS
        for (Py_ssize_t i = 0; i < p.n; i++) {
            const double g = slopes[i], a = curves[i];
            double slope;
            const double x = answer(&p, i, g, a, toll, &slope);
            const double turned = p.turns ? fabs(x) * p.turns[i] : fabs(x);
            trades[i] = x;
            worths[i] = (g + 0.5 * a * x) * x + toll * turned + cost_of(&p, i, x);
        }
        Py_END_ALLOW_THREADS
    }
    release(in, NAMED);
    release(out, FOUND);
    if (!fits) return PyErr_SetString(PyExc_ValueError, "arrays do not fit together"), NULL;
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"respond", py_respond, METH_VARARGS, "pieces.respond and pieces.worth of names alone"},
    {"evaluate", py_evaluate, METH_VARARGS, "dual.evaluate: (value, Gamma)"},
    {"climb", py_climb, METH_VARARGS, "newton.climb: (cut or -1, damping, value, Gamma)"},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_climb", NULL, 0, methods,
                                    NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__climb(void) { return PyModule_Create(&module); }
