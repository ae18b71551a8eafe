// Attention with one wide head whose shares and values are numbers of 8 bits: e4m3, a sign, 4 bits of exponent and 3 of mantissa,
// up to 448 (Micikevicius and others 2022, arXiv:2209.05433). Processors before 8.9 lack them.

#if KIND != 3 && __CUDA_ARCH__ >= 890
#define GREATEST8 448.f
#define LOG2_GREATEST8 8.80735492f
#define KEPT8 16

static __device__ __forceinline__ unsigned short pack8(float low, float high)
{
    unsigned short u;
    asm("cvt.rn.satfinite.e4m3x2.f32 %0, %1, %2;" : "=h"(u) : "f"(high), "f"(low));
    return u;
}

// What two of them are worth together.
static __device__ __forceinline__ float sum8(unsigned short u)
{
    float a, b;
    asm("{\n.reg .b16 low, high;\n.reg .b32 both;\ncvt.rn.f16x2.e4m3x2 both, %2;\nmov.b32 {low, high}, both;\n"
        "cvt.f32.f16 %0, low;\ncvt.f32.f16 %1, high;\n}" : "=f"(a), "=f"(b) : "h"(u));
    return a + b;
}

static __device__ __forceinline__ float power2(float x)
{
    float y;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
}

// The greatest magnitude of n vectors, rows of "vectors" each that lie "stride" numbers apart; greatest begins as 0.
extern "C" __global__ void greatest_magnitude(const element* x, long long stride, int n, int vectors, float* greatest)
{
    float top = 0.f, f[V];
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
    {
        load(x + (i / vectors) * stride + (long long)(i % vectors) * V, f);
#pragma unroll
        for (int k = 0; k < V; k++)
            top = fmaxf(top, fabsf(f[k]));
    }
    for (int i = 16; i > 0; i >>= 1)
        top = fmaxf(top, __shfl_xor_sync(0xffffffffu, top, i));
    // Numbers that are not negative have the order of their bits.
    if ((threadIdx.x & 31) == 0)
        atomicMax((int*)greatest, __float_as_int(top));
}

// Values x (T, D), rows "stride" numbers apart, as 8 bits and turned: y (D, T), so that the greatest magnitude becomes 448. A block
// turns 32 x 32.
extern "C" __global__ void values8(const element* x, long long stride, int T, int D, const float* greatest, unsigned char* y)
{
    __shared__ float tile[32][33];
    int column = threadIdx.x & 31, line = threadIdx.x >> 5, lines = blockDim.x >> 5;
    float rate = *greatest > 0.f ? GREATEST8 / *greatest : 0.f;
    for (int i = line; i < 32; i += lines)
    {
        int t = blockIdx.x * 32 + i, d = blockIdx.y * 32 + column;
        tile[i][column] = t < T && d < D ? widen(x[t * stride + d]) * rate : 0.f;
    }
    __syncthreads();
    for (int i = line; i < 32; i += lines)
    {
        int t = blockIdx.x * 32 + column, d = blockIdx.y * 32 + i;
        if (t < T && d < D)
            y[(long long)d * T + t] = (unsigned char)pack8(tile[column][i], 0.f);
    }
}

// One block of keys: each of "rows" rows of T scores, logarithms to the base 2, becomes its shares, the row's greatest so far being
// 448; a warp holds one row, at most KEPT8 vectors a thread. state (rows, 2) keeps the greatest score and the sum of the shares as
// they were rounded. Where the greatest score grew, what was gathered before, y (rows, D), shrinks (Milakov and Gimelshein 2018,
// arXiv:1805.02867); where it did not, y is left alone.
extern "C" __global__ void softmax_block8(const element* x, unsigned char* shares, int rows, int T, float* state, element* y, int D, int first)
{
    int r = blockIdx.x * (blockDim.x >> 5) + (threadIdx.x >> 5), lane = threadIdx.x & 31, vectors = T / V;
    if (r >= rows)
        return;
    const element* row = x + (long long)r * T;
    uint2* to = (uint2*)(shares + (long long)r * T);
    uint4 kept[KEPT8];
    float old = first ? -3.0e38f : state[2 * r], before = first ? 0.f : state[2 * r + 1];
    float top = old, sum = 0.f, f[V];
#pragma unroll
    for (int i = 0; i < KEPT8; i++)
    {
        int v = lane + i * 32;
        if (v < vectors)
            kept[i] = load16(row + (long long)v * V);
    }
#pragma unroll
    for (int i = 0; i < KEPT8; i++)
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
    float shift = LOG2_GREATEST8 - top;
#pragma unroll
    for (int i = 0; i < KEPT8; i++)
    {
        int v = lane + i * 32;
        if (v < vectors)
        {
            unsigned short u[V / 2];
            spread(kept[i], f);
#pragma unroll
            for (int k = 0; k < V / 2; k++)
            {
                u[k] = pack8(power2(f[2 * k] + shift), power2(f[2 * k + 1] + shift));
                sum += sum8(u[k]);
            }
            uint2 eight;
            eight.x = u[0] | ((unsigned)u[1] << 16);
            eight.y = u[2] | ((unsigned)u[3] << 16);
            to[v] = eight;
        }
    }
    float shrunk = power2(old - top);
    sum = over_warp(sum) + before * shrunk;
    if (lane == 0)
    {
        state[2 * r] = top;
        state[2 * r + 1] = sum;
    }
    if (first || shrunk == 1.f)
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

// What was gathered, y (rows, D), over the sums of the shares, times the values' unit and a factor. n counts vectors.
extern "C" __global__ void settle8(element* y, const float* state, const float* greatest, int n, int vectors, float factor)
{
    float unit = *greatest * (factor / GREATEST8), f[V];
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
    {
        float rate = unit / state[2 * (i / vectors) + 1];
        load(y + (long long)i * V, f);
#pragma unroll
        for (int k = 0; k < V; k++)
            f[k] *= rate;
        store(y + (long long)i * V, f);
    }
}
#endif
