// What all kernels here share: bfloat16 numbers as their bits, eight at a time.

typedef unsigned short bf16;

static __device__ __forceinline__ float widen(bf16 v) { return __uint_as_float((unsigned)v << 16); }

static __device__ __forceinline__ bf16 narrow(float f)
{
    unsigned u = __float_as_uint(f);
    if (f != f)
        return 0x7fc0;
    return (bf16)((u + 0x7fffu + ((u >> 16) & 1u)) >> 16);
}

static __device__ __forceinline__ void load8(const bf16* p, float* f)
{
    uint4 u = *(const uint4*)p;
    unsigned w[4] = { u.x, u.y, u.z, u.w };
#pragma unroll
    for (int k = 0; k < 4; k++)
    {
        f[2 * k] = __uint_as_float(w[k] << 16);
        f[2 * k + 1] = __uint_as_float(w[k] & 0xffff0000u);
    }
}

static __device__ __forceinline__ void store8(bf16* p, const float* f)
{
    unsigned w[4];
#pragma unroll
    for (int k = 0; k < 4; k++)
        w[k] = (unsigned)narrow(f[2 * k]) | ((unsigned)narrow(f[2 * k + 1]) << 16);
    uint4 u;
    u.x = w[0];
    u.y = w[1];
    u.z = w[2];
    u.w = w[3];
    *(uint4*)p = u;
}
