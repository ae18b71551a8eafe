// Group norm, scale-shift and activation in one pass forward, and their gradients, for bfloat16 features with channels last:
// x (B, S, C), C a multiple of 8, statistics over S and the channels of a group (G groups).
//
//   h = (x - mean) * rstd          z = h * gamma * (1 + scale) + beta * (1 + scale) + shift          y = act(z)
//
// A block reads rows [first, last) of one sample; a thread keeps to eight channels, so that what depends on the channel stays in
// registers. Sums are float32.

// 0 nothing, 1 SiLU, 2 GELU with the error function.
static __device__ __forceinline__ float activate(float z, int act)
{
    if (act == 1)
        return z / (1.f + __expf(-z));
    if (act == 2)
        return 0.5f * z * (1.f + erff(z * 0.70710678f));
    return z;
}

static __device__ __forceinline__ float slope(float z, int act)
{
    if (act == 1)
    {
        float s = 1.f / (1.f + __expf(-z));
        return s * (1.f + z * (1.f - s));
    }
    if (act == 2)
        return 0.5f * (1.f + erff(z * 0.70710678f)) + z * 0.39894228f * __expf(-0.5f * z * z);
    return 1.f;
}

// h = x * rate + offset, z = h * factor + term for eight channels from c0 on.
struct Terms { float rate[8], offset[8], factor[8], term[8]; };

static __device__ __forceinline__ void terms_of(
    Terms& t, int b, int c0, int C, int G, int S, float eps, const float* stat,
    const bf16* gamma, const bf16* beta, const bf16* scale, const bf16* shift, int stride)
{
    int per = C / G;
    float inv = 1.f / ((float)per * (float)S);
#pragma unroll
    for (int k = 0; k < 8; k++)
    {
        int c = c0 + k;
        const float* s = stat + 2 * ((long long)b * G + c / per);
        float mean = s[0] * inv;
        float var = fmaxf(s[1] * inv - mean * mean, 0.f);
        float rstd = rsqrtf(var + eps);
        float one = scale ? 1.f + widen(scale[(long long)b * stride + c]) : 1.f;
        t.rate[k] = rstd;
        t.offset[k] = -mean * rstd;
        t.factor[k] = widen(gamma[c]) * one;
        t.term[k] = widen(beta[c]) * one + (shift ? widen(shift[(long long)b * stride + c]) : 0.f);
    }
}

// Adds what the threads of one channel found; the result lies in sums[c], sums[C + c].
static __device__ __forceinline__ void join_lanes(float* shared, const float* first, const float* second, int lane, int lanes, int c0, int C)
{
    if (lane < lanes)
    {
#pragma unroll
        for (int k = 0; k < 8; k++)
        {
            shared[lane * 2 * C + c0 + k] = first[k];
            shared[lane * 2 * C + C + c0 + k] = second[k];
        }
    }
    __syncthreads();
    for (int i = threadIdx.x; i < 2 * C; i += blockDim.x)
    {
        float sum = 0.f;
        for (int l = 0; l < lanes; l++)
            sum += shared[l * 2 * C + i];
        shared[i] = sum;
    }
    __syncthreads();
}

// stat (B, G, 2) starts as zeros: sums of x and of its square.
extern "C" __global__ void group_norm_sums(const bf16* x, float* stat, int S, int C, int G, int rows)
{
    extern __shared__ float shared[];
    int b = blockIdx.y, vectors = C / 8, lanes = blockDim.x / vectors;
    int lane = threadIdx.x / vectors, c0 = (threadIdx.x % vectors) * 8;
    int first = blockIdx.x * rows, last = min(S, first + rows);
    float sum[8] = { 0 }, square[8] = { 0 };
    if (lane < lanes)
    {
        for (int r = first + lane; r < last; r += lanes)
        {
            float f[8];
            load8(x + ((long long)b * S + r) * C + c0, f);
#pragma unroll
            for (int k = 0; k < 8; k++)
            {
                sum[k] += f[k];
                square[k] += f[k] * f[k];
            }
        }
    }
    join_lanes(shared, sum, square, lane, lanes, c0, C);
    int per = C / G;
    for (int i = threadIdx.x; i < 2 * G; i += blockDim.x)
    {
        int g = i / 2, part = i % 2;
        float total = 0.f;
        for (int c = g * per; c < (g + 1) * per; c++)
            total += shared[part * C + c];
        atomicAdd(stat + 2 * ((long long)b * G + g) + part, total);
    }
}

extern "C" __global__ void group_norm_apply(
    const bf16* x, const float* stat, const bf16* gamma, const bf16* beta, const bf16* scale, const bf16* shift, int stride,
    bf16* y, int S, int C, int G, int rows, int act, float eps)
{
    int b = blockIdx.y, vectors = C / 8, lanes = blockDim.x / vectors;
    int lane = threadIdx.x / vectors, c0 = (threadIdx.x % vectors) * 8;
    int first = blockIdx.x * rows, last = min(S, first + rows);
    if (lane >= lanes)
        return;
    Terms t;
    terms_of(t, b, c0, C, G, S, eps, stat, gamma, beta, scale, shift, stride);
    for (int r = first + lane; r < last; r += lanes)
    {
        long long at = ((long long)b * S + r) * C + c0;
        float f[8];
        load8(x + at, f);
#pragma unroll
        for (int k = 0; k < 8; k++)
            f[k] = activate((f[k] * t.rate[k] + t.offset[k]) * t.factor[k] + t.term[k], act);
        store8(y + at, f);
    }
}

// sums (B, 2, C) starts as zeros: sums over S of dz and of dz * h.
extern "C" __global__ void group_norm_gradient_sums(
    const bf16* x, const bf16* dy, const float* stat, const bf16* gamma, const bf16* beta, const bf16* scale, const bf16* shift, int stride,
    float* sums, int S, int C, int G, int rows, int act, float eps)
{
    extern __shared__ float shared[];
    int b = blockIdx.y, vectors = C / 8, lanes = blockDim.x / vectors;
    int lane = threadIdx.x / vectors, c0 = (threadIdx.x % vectors) * 8;
    int first = blockIdx.x * rows, last = min(S, first + rows);
    float plain[8] = { 0 }, crossed[8] = { 0 };
    if (lane < lanes)
    {
        Terms t;
        terms_of(t, b, c0, C, G, S, eps, stat, gamma, beta, scale, shift, stride);
        for (int r = first + lane; r < last; r += lanes)
        {
            long long at = ((long long)b * S + r) * C + c0;
            float f[8], d[8];
            load8(x + at, f);
            load8(dy + at, d);
#pragma unroll
            for (int k = 0; k < 8; k++)
            {
                float h = f[k] * t.rate[k] + t.offset[k];
                float dz = d[k] * slope(h * t.factor[k] + t.term[k], act);
                plain[k] += dz;
                crossed[k] += dz * h;
            }
        }
    }
    join_lanes(shared, plain, crossed, lane, lanes, c0, C);
    for (int i = threadIdx.x; i < 2 * C; i += blockDim.x)
        atomicAdd(sums + (long long)b * 2 * C + i, shared[i]);
}

extern "C" __global__ void group_norm_gradient(
    const bf16* x, const bf16* dy, const float* stat, const float* sums, const bf16* gamma, const bf16* beta, const bf16* scale,
    const bf16* shift, int stride, bf16* dx, int S, int C, int G, int rows, int act, float eps)
{
    extern __shared__ float shared[]; // (2, G): means over a group of dz * factor and of dz * factor * h
    int b = blockIdx.y, vectors = C / 8, lanes = blockDim.x / vectors;
    int lane = threadIdx.x / vectors, c0 = (threadIdx.x % vectors) * 8;
    int first = blockIdx.x * rows, last = min(S, first + rows), per = C / G;
    float inv = 1.f / ((float)per * (float)S);
    for (int i = threadIdx.x; i < 2 * G; i += blockDim.x)
    {
        int part = i / G, g = i % G;
        float total = 0.f;
        for (int c = g * per; c < (g + 1) * per; c++)
        {
            float one = scale ? 1.f + widen(scale[(long long)b * stride + c]) : 1.f;
            total += widen(gamma[c]) * one * sums[((long long)b * 2 + part) * C + c];
        }
        shared[i] = total * inv;
    }
    __syncthreads();
    if (lane >= lanes)
        return;
    Terms t;
    terms_of(t, b, c0, C, G, S, eps, stat, gamma, beta, scale, shift, stride);
    float mean[8], slant[8];
#pragma unroll
    for (int k = 0; k < 8; k++)
    {
        mean[k] = shared[(c0 + k) / per];
        slant[k] = shared[G + (c0 + k) / per];
    }
    for (int r = first + lane; r < last; r += lanes)
    {
        long long at = ((long long)b * S + r) * C + c0;
        float f[8], d[8];
        load8(x + at, f);
        load8(dy + at, d);
#pragma unroll
        for (int k = 0; k < 8; k++)
        {
            float h = f[k] * t.rate[k] + t.offset[k];
            float dz = d[k] * slope(h * t.factor[k] + t.term[k], act);
            f[k] = t.rate[k] * (t.factor[k] * dz - mean[k] - h * slant[k]);
        }
        store8(dx + at, f);
    }
}

// One block per channel: gradients of gamma and beta (C), and of scale and shift (B, C) where there are some.
extern "C" __global__ void group_norm_gradient_weights(
    const float* sums, const bf16* gamma, const bf16* beta, const bf16* scale, int stride,
    bf16* dgamma, bf16* dbeta, bf16* dscale, bf16* dshift, int B, int C)
{
    extern __shared__ float shared[];
    int c = blockIdx.x;
    float g = 0.f, o = 0.f;
    for (int b = threadIdx.x; b < B; b += blockDim.x)
    {
        float plain = sums[(long long)b * 2 * C + c], crossed = sums[(long long)b * 2 * C + C + c];
        float one = scale ? 1.f + widen(scale[(long long)b * stride + c]) : 1.f;
        g += one * crossed;
        o += one * plain;
        if (dscale)
        {
            dscale[(long long)b * C + c] = narrow(widen(gamma[c]) * crossed + widen(beta[c]) * plain);
            dshift[(long long)b * C + c] = narrow(plain);
        }
    }
    shared[threadIdx.x] = g;
    shared[blockDim.x + threadIdx.x] = o;
    __syncthreads();
    for (int half = blockDim.x / 2; half > 0; half /= 2)
    {
        if (threadIdx.x < half)
        {
            shared[threadIdx.x] += shared[threadIdx.x + half];
            shared[blockDim.x + threadIdx.x] += shared[blockDim.x + threadIdx.x + half];
        }
        __syncthreads();
    }
    if (threadIdx.x == 0)
    {
        dgamma[c] = narrow(shared[0]);
        dbeta[c] = narrow(shared[blockDim.x]);
    }
}
