// Numbers of one dtype, read and written as vectors of 16 bytes and computed with in float32. KIND is 1 for float16, 2 for
// bfloat16, 3 for float32; there are no headers to lean on, so the conversions are PTX.

#if KIND == 3
typedef float element;
#define V 4
#else
typedef unsigned short element;
#define V 8
#endif

#if KIND == 1
static __device__ __forceinline__ float widen(element v)
{
    float f;
    asm("cvt.f32.f16 %0, %1;" : "=f"(f) : "h"(v));
    return f;
}

static __device__ __forceinline__ unsigned pack(float low, float high)
{
    unsigned u;
    asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(u) : "f"(high), "f"(low));
    return u;
}
#elif KIND == 2
static __device__ __forceinline__ float widen(element v) { return __uint_as_float((unsigned)v << 16); }

static __device__ __forceinline__ unsigned pack(float low, float high)
{
    unsigned u;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(u) : "f"(high), "f"(low));
    return u;
}
#endif

static __device__ __forceinline__ uint4 load16(const void* p) { return *(const uint4*)p; }

static __device__ __forceinline__ void spread(uint4 u, float* f)
{
    unsigned w[4] = { u.x, u.y, u.z, u.w };
#pragma unroll
    for (int k = 0; k < 4; k++)
    {
#if KIND == 3
        f[k] = __uint_as_float(w[k]);
#else
        f[2 * k] = widen((element)(w[k] & 0xffffu));
        f[2 * k + 1] = widen((element)(w[k] >> 16));
#endif
    }
}

static __device__ __forceinline__ uint4 gather(const float* f)
{
    unsigned w[4];
#pragma unroll
    for (int k = 0; k < 4; k++)
    {
#if KIND == 3
        w[k] = __float_as_uint(f[k]);
#else
        w[k] = pack(f[2 * k], f[2 * k + 1]);
#endif
    }
    uint4 u;
    u.x = w[0];
    u.y = w[1];
    u.z = w[2];
    u.w = w[3];
    return u;
}

static __device__ __forceinline__ void load(const element* p, float* f) { spread(load16(p), f); }

static __device__ __forceinline__ void store(element* p, const float* f) { *(uint4*)p = gather(f); }

// x times the normal distribution's cumulative function. The complementary error function is formula 7.1.26 of Abramowitz and
// Stegun, good to 1.5e-7 and a third of erff's work.
static __device__ __forceinline__ float gelu(float x)
{
    float z = fabsf(x) * 0.70710678f;
    float t = __fdividef(1.f, 1.f + 0.3275911f * z);
    float p = t * (0.254829592f + t * (-0.284496736f + t * (1.421413741f + t * (-1.453152027f + t * 1.061405429f))));
    float tail = 0.5f * x * p * __expf(-z * z);
    return x > 0.f ? x - tail : tail;
}

static __device__ __forceinline__ float silu(float x) { return __fdividef(x, 1.f + __expf(-x)); }

// 0.5 x (1 + tanh(u)) is x sigmoid(2u).
static __device__ __forceinline__ float gelu_new(float x)
{
    float u = 1.59576912f * (x + 0.044715f * x * x * x);
    return x * __fdividef(1.f, 1.f + __expf(-u));
}

// 0 nothing, 1 SiLU, 2 GELU, 3 its approximation by the hyperbolic tangent.
static __device__ __forceinline__ float activate(float x, int act)
{
    if (act == 1)
        return silu(x);
    if (act == 2)
        return gelu(x);
    if (act == 3)
        return gelu_new(x);
    return x;
}
