// Group norm, scale-shift, activation and resampling of features with channels last: x (B, S, C), C a multiple of V, G groups.
//
//   v = x + before + time          z = (v - mean) * rstd * gamma * (1 + scale) + beta * (1 + scale) + shift          y = act(z)
//
// "before" (C) is the bias of the convolution that made x and "time" (B, C) what is added per sample; either may be null. A thread
// keeps to V channels, so that what depends on the channel stays in registers. With a skip (B, S, C - own) x has "own" channels, and
// both are read as if they lay side by side. Sums are float32 and added in a fixed order: the
// same features give the same bits.

struct Columns { int vectors, lanes, lane, c0; };

static __device__ __forceinline__ Columns columns_of(int channels)
{
    Columns t;
    t.vectors = channels / V;
    t.lanes = blockDim.x / t.vectors;
    t.lane = threadIdx.x / t.vectors;
    t.c0 = (threadIdx.x % t.vectors) * V;
    return t;
}

// Where a thread's channels of a sample begin, and the distance of its pixels.
struct Source { const element* at; long long step; };

static __device__ __forceinline__ Source source_of(const element* x, const element* skip, int own, long long b, int S, int C, int c)
{
    Source s;
    if (!skip)
        own = C;
    bool mine = c < own;
    s.step = mine ? own : C - own;
    s.at = (mine ? x + c : skip + (c - own)) + b * S * s.step;
    return s;
}

static __device__ __forceinline__ void load_before(float* f, const element* before, const element* time, long long at, int c)
{
#pragma unroll
    for (int k = 0; k < V; k++)
        f[k] = 0.f;
    float g[V];
    if (before)
    {
        load(before + c, g);
#pragma unroll
        for (int k = 0; k < V; k++)
            f[k] += g[k];
    }
    if (time)
    {
        load(time + at + c, g);
#pragma unroll
        for (int k = 0; k < V; k++)
            f[k] += g[k];
    }
}

static __device__ __forceinline__ void accumulate(uint4 u, const float* before, float* sum, float* square)
{
    float f[V];
    spread(u, f);
#pragma unroll
    for (int k = 0; k < V; k++)
    {
        float v = f[k] + before[k];
        sum[k] += v;
        square[k] += v * v;
    }
}

// Adds the threads' sums to sums per group: total[2 g] of values, total[2 g + 1] of squares, for the groups of "channels"
// channels. shared holds lanes * 2 * channels floats.
static __device__ __forceinline__ void join(float* shared, float* total, const float* sum, const float* square, Columns t, int channels, int per)
{
    if (t.lane < t.lanes)
    {
#pragma unroll
        for (int k = 0; k < V; k++)
        {
            shared[t.lane * 2 * channels + t.c0 + k] = sum[k];
            shared[(t.lane * 2 + 1) * channels + t.c0 + k] = square[k];
        }
    }
    __syncthreads();
    for (int i = threadIdx.x; i < 2 * channels; i += blockDim.x)
    {
        float all = 0.f;
        for (int l = 0; l < t.lanes; l++)
            all += shared[l * 2 * channels + i];
        shared[i] = all;
    }
    __syncthreads();
    int member = threadIdx.x & 3, outputs = 2 * (channels / per);
    unsigned team = 0xfu << (threadIdx.x & 28);
    for (int o = threadIdx.x >> 2; o < outputs; o += blockDim.x >> 2)
    {
        const float* from = shared + (o & 1) * channels + (o >> 1) * per;
        float all = 0.f;
        for (int c = member; c < per; c += 4)
            all += from[c];
        all += __shfl_xor_sync(team, all, 1);
        all += __shfl_xor_sync(team, all, 2);
        if (member == 0)
            total[o] = all;
    }
}

// partial (B, chunks, G, 2): sums of v and of its square over the rows of each chunk.
extern "C" __global__ void group_norm_sums(
    const element* x, const element* skip, int own, const element* before, const element* time, int timeStride, float* partial, int S, int C, int G, int rows)
{
    extern __shared__ float shared[];
    Columns t = columns_of(C);
    int b = blockIdx.y, first = blockIdx.x * rows, last = min(S, first + rows);
    float sum[V], square[V];
#pragma unroll
    for (int k = 0; k < V; k++)
        sum[k] = square[k] = 0.f;
    if (t.lane < t.lanes)
    {
        float add[V];
        load_before(add, before, time, (long long)b * timeStride, t.c0);
        Source from = source_of(x, skip, own, b, S, C, t.c0);
        long long step = t.lanes * from.step;
        int r = first + t.lane;
        const element* p = from.at + r * from.step;
        for (; r + 3 * t.lanes < last; r += 4 * t.lanes, p += 4 * step)
        {
            uint4 u0 = load16(p), u1 = load16(p + step), u2 = load16(p + 2 * step), u3 = load16(p + 3 * step);
            accumulate(u0, add, sum, square);
            accumulate(u1, add, sum, square);
            accumulate(u2, add, sum, square);
            accumulate(u3, add, sum, square);
        }
        for (; r < last; r += t.lanes, p += step)
            accumulate(load16(p), add, sum, square);
    }
    join(shared, partial + ((long long)b * gridDim.x + blockIdx.x) * 2 * G, sum, square, t, C, C / G);
}

// v * factor + term for V channels.
struct Terms { float factor[V], term[V]; };

static __device__ __forceinline__ void terms_of(
    Terms& t, const float* stat, int firstGroupChannel, int per, int c, const element* before, const element* time, long long timeAt,
    const element* gamma, const element* beta, const element* scale, const element* shift, long long scaleAt)
{
    float add[V], g[V], o[V], one[V], more[V];
    load_before(add, before, time, timeAt, c);
    load(gamma + c, g);
    load(beta + c, o);
#pragma unroll
    for (int k = 0; k < V; k++)
        one[k] = more[k] = 0.f;
    if (scale)
    {
        load(scale + scaleAt + c, one);
        load(shift + scaleAt + c, more);
    }
#pragma unroll
    for (int k = 0; k < V; k++)
    {
        const float* s = stat + 2 * ((c + k - firstGroupChannel) / per);
        float factor = s[1] * g[k], rest = 1.f + one[k];
        t.factor[k] = factor * rest;
        t.term[k] = ((add[k] - s[0]) * factor + o[k]) * rest + more[k];
    }
}

static __device__ __forceinline__ void to_mean(float* stat, float sum, float square, float inverse, float eps)
{
    float mean = sum * inverse;
    stat[0] = mean;
    stat[1] = rsqrtf(fmaxf(square * inverse - mean * mean, 0.f) + eps);
}

// stat[2 g] the mean and stat[2 g + 1] the reciprocal deviation of each group; shared holds blockDim.x floats.
static __device__ __forceinline__ void statistics(float* stat, float* shared, const float* partial, int chunks, int G, float inverse, float eps)
{
    int teams = blockDim.x / (2 * G), team = threadIdx.x / (2 * G), o = threadIdx.x % (2 * G);
    if (team < teams)
    {
        float all = 0.f;
        for (int i = team; i < chunks; i += teams)
            all += partial[i * 2 * G + o];
        shared[team * 2 * G + o] = all;
    }
    __syncthreads();
    for (int g = threadIdx.x; g < G; g += blockDim.x)
    {
        float sum = 0.f, square = 0.f;
        for (int i = 0; i < teams; i++)
        {
            sum += shared[i * 2 * G + 2 * g];
            square += shared[i * 2 * G + 2 * g + 1];
        }
        to_mean(stat + 2 * g, sum, square, inverse, eps);
    }
    __syncthreads();
}

static __device__ __forceinline__ void normalise(uint4 u, const Terms& t, int act, float* f)
{
    spread(u, f);
#pragma unroll
    for (int k = 0; k < V; k++)
        f[k] = activate(f[k] * t.factor[k] + t.term[k], act);
}

// y has the size of x, or half its height and width by the mean of 2 x 2. rows counts pixels of y. shared holds 2 G + blockDim.x
// floats.
template <bool Halve>
static __device__ __forceinline__ void apply(
    const element* x, const element* skip, int own, const element* before, const element* time, int timeStride, const float* partial,
    int chunks, const element* gamma, const element* beta, const element* scale, const element* shift, int scaleStride, element* y,
    int height, int width, int C, int G, int rows, int act, float eps)
{
    extern __shared__ float shared[];
    Columns t = columns_of(C);
    int b = blockIdx.y, S = height * width, per = C / G;
    int count = Halve ? (height / 2) * (width / 2) : S;
    int first = blockIdx.x * rows, last = min(count, first + rows);
    statistics(shared, shared + 2 * G, partial + (long long)b * chunks * 2 * G, chunks, G, 1.f / ((float)per * (float)S), eps);
    if (t.lane >= t.lanes)
        return;
    Terms terms;
    terms_of(terms, shared, 0, per, t.c0, before, time, (long long)b * timeStride, gamma, beta, scale, shift, (long long)b * scaleStride);
    Source from = source_of(x, skip, own, b, S, C, t.c0);
    float f[V];
    if (!Halve)
    {
        element* to = y + (long long)b * S * C + t.c0;
        int r = first + t.lane;
        for (; r + t.lanes < last; r += 2 * t.lanes)
        {
            int next = r + t.lanes;
            uint4 u0 = load16(from.at + r * from.step), u1 = load16(from.at + next * from.step);
            normalise(u0, terms, act, f);
            store(to + (long long)r * C, f);
            normalise(u1, terms, act, f);
            store(to + (long long)next * C, f);
        }
        if (r < last)
        {
            normalise(load16(from.at + r * from.step), terms, act, f);
            store(to + (long long)r * C, f);
        }
    }
    else
    {
        int half = width / 2;
        element* to = y + (long long)b * count * C + t.c0;
        for (int r = first + t.lane; r < last; r += t.lanes)
        {
            int h = r / half, w = r - h * half;
            const element* corner = from.at + ((long long)(2 * h) * width + 2 * w) * from.step;
            const element* below = corner + width * from.step;
            uint4 u[4] = { load16(corner), load16(corner + from.step), load16(below), load16(below + from.step) };
            float sum[V];
#pragma unroll
            for (int k = 0; k < V; k++)
                sum[k] = 0.f;
#pragma unroll
            for (int i = 0; i < 4; i++)
            {
                normalise(u[i], terms, act, f);
#pragma unroll
                for (int k = 0; k < V; k++)
                    sum[k] += 0.25f * f[k];
            }
            store(to + (long long)r * C, sum);
        }
    }
}

#define APPLY(name, halve)                                                                                                       \
    extern "C" __global__ void name(                                                                                             \
        const element* x, const element* skip, int own, const element* before, const element* time, int timeStride,              \
        const float* partial, int chunks, const element* gamma, const element* beta, const element* scale, const element* shift, \
        int scaleStride, element* y, int height, int width, int C, int G, int rows, int act, float eps)                          \
    {                                                                                                                            \
        apply<halve>(x, skip, own, before, time, timeStride, partial, chunks, gamma, beta, scale, shift, scaleStride, y, height, \
            width, C, G, rows, act, eps);                                                                                        \
    }

APPLY(group_norm_apply, false)
APPLY(group_norm_apply_down, true)

// All in one for small features: a block holds "span" channels (whole groups, a multiple of V) of one sample in registers.
#define KEPT 8

extern "C" __global__ void group_norm_small(
    const element* x, const element* skip, int own, const element* before, const element* time, int timeStride,
    const element* gamma, const element* beta, const element* scale, const element* shift, int scaleStride, element* y,
    int S, int C, int G, int span, int act, float eps)
{
    extern __shared__ float shared[];
    Columns t = columns_of(span);
    int b = blockIdx.y, per = C / G, groups = span / per, start = blockIdx.x * span, c = start + t.c0;
    float* stat = shared + t.lanes * 2 * span;
    bool active = t.lane < t.lanes;
    Source from = source_of(x, skip, own, b, S, C, c);
    uint4 kept[KEPT];
    float sum[V], square[V];
#pragma unroll
    for (int k = 0; k < V; k++)
        sum[k] = square[k] = 0.f;
    if (active)
    {
        float add[V];
        load_before(add, before, time, (long long)b * timeStride, c);
#pragma unroll
        for (int i = 0; i < KEPT; i++)
        {
            int r = t.lane + i * t.lanes;
            if (r < S)
                kept[i] = load16(from.at + r * from.step);
        }
#pragma unroll
        for (int i = 0; i < KEPT; i++)
        {
            if (t.lane + i * t.lanes < S)
                accumulate(kept[i], add, sum, square);
        }
    }
    join(shared, stat, sum, square, t, span, per);
    __syncthreads();
    if (threadIdx.x < groups)
        to_mean(stat + 2 * threadIdx.x, stat[2 * threadIdx.x], stat[2 * threadIdx.x + 1], 1.f / ((float)per * (float)S), eps);
    __syncthreads();
    if (!active)
        return;
    Terms terms;
    terms_of(terms, stat, start, per, c, before, time, (long long)b * timeStride, gamma, beta, scale, shift, (long long)b * scaleStride);
    element* to = y + (long long)b * S * C + c;
#pragma unroll
    for (int i = 0; i < KEPT; i++)
    {
        int r = t.lane + i * t.lanes;
        if (r < S)
        {
            float f[V];
            normalise(kept[i], terms, act, f);
            store(to + (long long)r * C, f);
        }
    }
}
