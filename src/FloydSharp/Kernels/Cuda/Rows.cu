// What stands between products and convolutions: sums with bias and residual, joined keys and values, gates, RMS norms.

// y = (x + bias + residual) * scale over n vectors; bias (C) and residual may be null, y may be x.
extern "C" __global__ void finish(const element* x, const element* bias, const element* residual, element* y, int n, int vectors, float scale)
{
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
    {
        long long at = (long long)i * V;
        float f[V], g[V];
        load(x + at, f);
        if (residual)
        {
            load(residual + at, g);
#pragma unroll
            for (int k = 0; k < V; k++)
                f[k] += g[k];
        }
        if (bias)
        {
            load(bias + (i % vectors) * V, g);
#pragma unroll
            for (int k = 0; k < V; k++)
                f[k] += g[k];
        }
#pragma unroll
        for (int k = 0; k < V; k++)
            f[k] *= scale;
        store(y + at, f);
    }
}

// The same with a residual of another size: halves of height and width by repetition (mode 1), or doubles by the mean of 2 x 2
// (mode 2, a residual of residualHeight x residualWidth). y (B, height, width, C).
extern "C" __global__ void finish_resampled(
    const element* x, const element* bias, const element* residual, element* y, int n, int vectors, int height, int width,
    int residualHeight, int residualWidth, int mode, float scale)
{
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
    {
        int pixel = i / vectors, c = (i - pixel * vectors) * V;
        int row = pixel / width, w = pixel - row * width;
        int b = row / height, h = row - b * height;
        long long line = (long long)vectors * V;
        const element* from = residual + (long long)b * residualHeight * residualWidth * line + c;
        float f[V], g[V];
        load(x + (long long)i * V, f);
        if (mode == 1)
        {
            load(from + ((long long)(h / 2) * residualWidth + w / 2) * line, g);
#pragma unroll
            for (int k = 0; k < V; k++)
                f[k] += g[k];
        }
        else
        {
            const element* corner = from + ((long long)(2 * h) * residualWidth + 2 * w) * line;
#pragma unroll
            for (int j = 0; j < 4; j++)
            {
                load(corner + ((long long)(j / 2) * residualWidth + j % 2) * line, g);
#pragma unroll
                for (int k = 0; k < V; k++)
                    f[k] += 0.25f * g[k];
            }
        }
        if (bias)
        {
            load(bias + c, g);
#pragma unroll
            for (int k = 0; k < V; k++)
                f[k] += g[k];
        }
#pragma unroll
        for (int k = 0; k < V; k++)
            f[k] *= scale;
        store(y + (long long)i * V, f);
    }
}

// The 3 x 3 filters w (Cout, 3, 3, C) of a convolution of repeated pixels as those of the pixels themselves: y (4, Cout, 2, 2, C),
// one set for each pixel of a 2 x 2, with the sums of the weights that meet the same pixel. n counts vectors of y.
extern "C" __global__ void double_filters(const element* w, element* y, int n, int outputs, int vectors)
{
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
    {
        int tap = i / vectors, c = (i - tap * vectors) * V;
        int filter = tap / 4, phase = filter / outputs, o = filter - phase * outputs;
        int a = (tap >> 1) & 1, b = tap & 1, py = phase >> 1, px = phase & 1;
        float sum[V], f[V];
#pragma unroll
        for (int k = 0; k < V; k++)
            sum[k] = 0.f;
        for (int ky = a ? 1 + py : 0; ky <= (a ? 2 : py); ky++)
        {
            for (int kx = b ? 1 + px : 0; kx <= (b ? 2 : px); kx++)
            {
                load(w + ((long long)(o * 9 + ky * 3 + kx) * vectors) * V + c, f);
#pragma unroll
                for (int k = 0; k < V; k++)
                    sum[k] += f[k];
            }
        }
        store(y + (long long)i * V, sum);
    }
}

// What those filters made, x (B, height / 2 + 1, width / 2 + 1, 4, C) of pixels with a border of zeros, as the pixels
// y (B, height, width, C), plus a bias (C) if there is one. n counts vectors of y.
extern "C" __global__ void weave_pixels(const element* x, const element* bias, element* y, int n, int vectors, int height, int width)
{
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
    {
        int pixel = i / vectors, c = (i - pixel * vectors) * V;
        int row = pixel / width, w = pixel - row * width, b = row / height, h = row - b * height;
        int py = h & 1, px = w & 1;
        long long from = ((long long)(b * (height / 2 + 1) + (h >> 1) + py) * (width / 2 + 1) + (w >> 1) + px) * 4 + py * 2 + px;
        float f[V], g[V];
        load(x + from * vectors * V + c, f);
        if (bias)
        {
            load(bias + c, g);
#pragma unroll
            for (int k = 0; k < V; k++)
                f[k] += g[k];
        }
        store(y + (long long)i * V, f);
    }
}

// y (B, T + S, 2, C): the keys and values of the text (T rows) and of the pixels (S rows), each row C numbers side by side.
// Strides are in numbers; blockIdx.y is the sample.
extern "C" __global__ void join_sources(
    const element* textK, const element* textV, long long textBatch, long long textRow, int T,
    const element* k, const element* v, long long batch, long long row, int S, element* y, int vectors)
{
    int n = (T + S) * 2 * vectors;
    element* to = y + (long long)blockIdx.y * n * V;
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
    {
        int r = i / (2 * vectors), c = i - r * 2 * vectors;
        bool value = c >= vectors;
        c = (value ? c - vectors : c) * V;
        const element* from = r < T
            ? (value ? textV : textK) + blockIdx.y * textBatch + r * textRow
            : (value ? v : k) + blockIdx.y * batch + (r - T) * row;
        *(uint4*)(to + (long long)i * V) = load16(from + c);
    }
}

static __device__ __forceinline__ void store_wide(float* p, const float* f)
{
#pragma unroll
    for (int k = 0; k < V; k += 4)
    {
        float4 w;
        w.x = f[k];
        w.y = f[k + 1];
        w.z = f[k + 2];
        w.w = f[k + 3];
        *(float4*)(p + k) = w;
    }
}

// x (R, 2 F) to y (R, F): act(first half) * second half, or first half * act(second half). y is float32 if wide.
extern "C" __global__ void gate(const element* x, void* y, int n, int vectors, int act, int second, int wide)
{
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
    {
        int r = i / vectors, c = (i - r * vectors) * V;
        const element* from = x + (long long)r * 2 * vectors * V + c;
        float a[V], b[V];
        load(from, a);
        load(from + (long long)vectors * V, b);
#pragma unroll
        for (int k = 0; k < V; k++)
            a[k] = second ? a[k] * activate(b[k], act) : activate(a[k], act) * b[k];
        if (wide)
            store_wide((float*)y + (long long)i * V, a);
        else
            store((element*)y + (long long)i * V, a);
    }
}

static __device__ __forceinline__ float over_warp(float v)
{
    for (int i = 16; i > 0; i >>= 1)
        v += __shfl_xor_sync(0xffffffffu, v, i);
    return v;
}

// Of float32 if wide, else of elements.
static __device__ __forceinline__ void load_either(const void* x, long long at, int wide, float* f)
{
    if (!wide)
    {
        load((const element*)x + at, f);
        return;
    }
#pragma unroll
    for (int k = 0; k < V; k++)
        f[k] = ((const float*)x)[at + k];
}

// y = x / sqrt(mean(x^2) + eps) * weight for one row of D numbers per block. x is float32 if wide.
extern "C" __global__ void rms_norm(const void* x, const element* weight, element* y, int D, float eps, int wide)
{
    __shared__ float parts[32];
    long long start = (long long)blockIdx.x * D;
    float square = 0.f, f[V], g[V];
    for (int c = threadIdx.x * V; c < D; c += blockDim.x * V)
    {
        load_either(x, start + c, wide, f);
#pragma unroll
        for (int k = 0; k < V; k++)
            square += f[k] * f[k];
    }
    square = over_warp(square);
    if ((threadIdx.x & 31) == 0)
        parts[threadIdx.x >> 5] = square;
    __syncthreads();
    float all = 0.f;
    for (int i = 0; i < (blockDim.x >> 5); i++)
        all += parts[i];
    float rate = rsqrtf(all / (float)D + eps);
    for (int c = threadIdx.x * V; c < D; c += blockDim.x * V)
    {
        load_either(x, start + c, wide, f);
        load(weight + c, g);
#pragma unroll
        for (int k = 0; k < V; k++)
            f[k] *= rate * g[k];
        store(y + start + c, f);
    }
}

// y = (x - mean(x)) / sqrt(variance(x) + eps) * weight + bias for one row of D numbers per warp, at most KEPT vectors a thread.
extern "C" __global__ void layer_norm(const element* x, const element* weight, const element* bias, element* y, int rows, int D, float eps)
{
    int row = blockIdx.x * (blockDim.x >> 5) + (threadIdx.x >> 5), lane = threadIdx.x & 31, vectors = D / V;
    if (row >= rows)
        return;
    long long start = (long long)row * D;
    uint4 kept[KEPT];
    float sum = 0.f, square = 0.f, f[V], g[V], h[V];
#pragma unroll
    for (int i = 0; i < KEPT; i++)
    {
        int v = lane + i * 32;
        if (v < vectors)
            kept[i] = load16(x + start + (long long)v * V);
    }
#pragma unroll
    for (int i = 0; i < KEPT; i++)
    {
        if (lane + i * 32 < vectors)
        {
            spread(kept[i], f);
#pragma unroll
            for (int k = 0; k < V; k++)
                sum += f[k];
        }
    }
    float mean = over_warp(sum) / (float)D;
#pragma unroll
    for (int i = 0; i < KEPT; i++)
    {
        if (lane + i * 32 < vectors)
        {
            spread(kept[i], f);
#pragma unroll
            for (int k = 0; k < V; k++)
                square += (f[k] - mean) * (f[k] - mean);
        }
    }
    float rate = rsqrtf(over_warp(square) / (float)D + eps);
#pragma unroll
    for (int i = 0; i < KEPT; i++)
    {
        int v = lane + i * 32;
        if (v < vectors)
        {
            spread(kept[i], f);
            load(weight + v * V, g);
            load(bias + v * V, h);
#pragma unroll
            for (int k = 0; k < V; k++)
                f[k] = (f[k] - mean) * rate * g[k] + h[k];
            store(y + start + (long long)v * V, f);
        }
    }
}

// One block of keys of an attention: each of "rows" rows of T scores becomes its shares times a factor, in place; a warp holds one
// row, at most KEPT vectors a thread. With more blocks of keys to come or gone, state (rows, 2) keeps the row's greatest score and
// its sum so far, and what was gathered of the values before, y (rows, D), shrinks to its share of the new sum (Milakov and
// Gimelshein 2018, arXiv:1805.02867). The factor keeps the shares of many keys out of float16's smallest numbers.
extern "C" __global__ void softmax_block(element* x, int rows, int T, float* state, element* y, int D, float factor, int first)
{
    int r = blockIdx.x * (blockDim.x >> 5) + (threadIdx.x >> 5), lane = threadIdx.x & 31, vectors = T / V;
    if (r >= rows)
        return;
    element* row = x + (long long)r * T;
    uint4 kept[KEPT];
    float old = first ? -3.0e38f : state[2 * r], before = first ? 0.f : state[2 * r + 1];
    float top = old, sum = 0.f, f[V];
#pragma unroll
    for (int i = 0; i < KEPT; i++)
    {
        int v = lane + i * 32;
        if (v < vectors)
            kept[i] = load16(row + (long long)v * V);
    }
#pragma unroll
    for (int i = 0; i < KEPT; i++)
    {
        if (lane + i * 32 < vectors)
        {
            spread(kept[i], f);
#pragma unroll
            for (int k = 0; k < V; k++)
                top = fmaxf(top, f[k]);
        }
    }
    for (int i = 16; i > 0; i >>= 1)
        top = fmaxf(top, __shfl_xor_sync(0xffffffffu, top, i));
#pragma unroll
    for (int i = 0; i < KEPT; i++)
    {
        if (lane + i * 32 < vectors)
        {
            spread(kept[i], f);
#pragma unroll
            for (int k = 0; k < V; k++)
            {
                f[k] = __expf(f[k] - top);
                sum += f[k];
            }
            kept[i] = gather(f);
        }
    }
    before *= __expf(old - top);
    sum = before + over_warp(sum);
    float rate = factor / sum, shrunk = before / sum;
#pragma unroll
    for (int i = 0; i < KEPT; i++)
    {
        int v = lane + i * 32;
        if (v < vectors)
        {
            spread(kept[i], f);
#pragma unroll
            for (int k = 0; k < V; k++)
                f[k] *= rate;
            store(row + (long long)v * V, f);
        }
    }
    if (lane == 0)
    {
        state[2 * r] = top;
        state[2 * r + 1] = sum;
    }
    if (first)
        return;
    for (int c = lane * V; c < D; c += 32 * V)
    {
        element* at = y + (long long)r * D + c;
        load(at, f);
#pragma unroll
        for (int k = 0; k < V; k++)
            f[k] *= shrunk;
        store(at, f);
    }
}
