// Twice and half the pixels, each the gradient of the other, for bfloat16 features with channels last: (N, H, W, C), C a multiple
// of 8. H and W are those of the small side.

// y (N, 2H, 2W, C): each pixel of x four times, times scale.
extern "C" __global__ void resample_double(const bf16* x, bf16* y, int N, int H, int W, int C, float scale)
{
    int vectors = C / 8;
    long long count = (long long)N * H * W * vectors, step = (long long)gridDim.x * blockDim.x;
    for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < count; i += step)
    {
        long long pixel = i / vectors, line = pixel / W;
        float f[8];
        load8(x + i * 8, f);
#pragma unroll
        for (int k = 0; k < 8; k++)
            f[k] *= scale;
        bf16* at = y + ((line * 2) * (2 * W) + 2 * (pixel % W)) * C + (i % vectors) * 8;
        store8(at, f);
        store8(at + C, f);
        store8(at + (long long)2 * W * C, f);
        store8(at + (long long)2 * W * C + C, f);
    }
}

// y (N, H, W, C): the sum of each 2 x 2 pixels of x, times scale.
extern "C" __global__ void resample_halve(const bf16* x, bf16* y, int N, int H, int W, int C, float scale)
{
    int vectors = C / 8;
    long long count = (long long)N * H * W * vectors, step = (long long)gridDim.x * blockDim.x;
    for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < count; i += step)
    {
        long long pixel = i / vectors, line = pixel / W;
        const bf16* at = x + ((line * 2) * (2 * W) + 2 * (pixel % W)) * C + (i % vectors) * 8;
        float a[8], b[8], c[8], d[8];
        load8(at, a);
        load8(at + C, b);
        load8(at + (long long)2 * W * C, c);
        load8(at + (long long)2 * W * C + C, d);
#pragma unroll
        for (int k = 0; k < 8; k++)
            a[k] = (a[k] + b[k] + c[k] + d[k]) * scale;
        store8(y + i * 8, a);
    }
}
