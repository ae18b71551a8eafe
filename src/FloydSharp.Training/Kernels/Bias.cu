// What follows a convolution, y = (x + bias + residual) * scale, and the gradient of its bias, for bfloat16 features with channels
// last: x (R, C), C a multiple of 8, R all pixels of all samples.

// residual may be null.
extern "C" __global__ void bias_add(const bf16* x, const bf16* bias, const bf16* residual, bf16* y, int R, int C, float scale)
{
    int vectors = C / 8;
    long long count = (long long)R * vectors, step = (long long)gridDim.x * blockDim.x;
    for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < count; i += step)
    {
        float f[8], b[8], r[8] = { 0 };
        load8(x + i * 8, f);
        load8(bias + (i % vectors) * 8, b);
        if (residual)
            load8(residual + i * 8, r);
#pragma unroll
        for (int k = 0; k < 8; k++)
            f[k] = (f[k] + b[k] + r[k]) * scale;
        store8(y + i * 8, f);
    }
}

// sums (C) starts as zeros: sums of x over its rows. A block reads `rows` of them.
extern "C" __global__ void bias_gradient(const bf16* x, float* sums, int R, int C, int rows)
{
    extern __shared__ float shared[]; // (lanes, C)
    int vectors = C / 8, lanes = blockDim.x / vectors;
    int lane = threadIdx.x / vectors, c0 = (threadIdx.x % vectors) * 8;
    int first = blockIdx.x * rows, last = min(R, first + rows);
    if (lane < lanes)
    {
        float sum[8] = { 0 };
        for (int r = first + lane; r < last; r += lanes)
        {
            float f[8];
            load8(x + (long long)r * C + c0, f);
#pragma unroll
            for (int k = 0; k < 8; k++)
                sum[k] += f[k];
        }
#pragma unroll
        for (int k = 0; k < 8; k++)
            shared[lane * C + c0 + k] = sum[k];
    }
    __syncthreads();
    for (int c = threadIdx.x; c < C; c += blockDim.x)
    {
        float total = 0.f;
        for (int l = 0; l < lanes; l++)
            total += shared[l * C + c];
        atomicAdd(sums + c, total);
    }
}
