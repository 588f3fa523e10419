/* gemm_pack.cl - panels: an operand of a product copied so that its elements lie in the order in
 * which gemm_panel.cl needs them. Pads of B are zeros, pads of A repeat its last row. */

/* to[k * PANEL_W + j] = from[j * stride + k] for j, k below 8. */
INLINED void transpose_8x8(__global const float *from, const ulong stride, __local float *to)
{
#define EVEN(p, q) ((float8)(p.s0, q.s0, p.s1, q.s1, p.s4, q.s4, p.s5, q.s5))
#define ODD(p, q) ((float8)(p.s2, q.s2, p.s3, q.s3, p.s6, q.s6, p.s7, q.s7))
#define EVENS(p, q) ((float8)(p.s0, p.s1, q.s0, q.s1, p.s4, p.s5, q.s4, q.s5))
#define ODDS(p, q) ((float8)(p.s2, p.s3, q.s2, q.s3, p.s6, p.s7, q.s6, q.s7))
    float8 part[2][4]; /* of columns 0-3 and 4-7, rows 0-3 and 4-7 of `from` in turn */
#pragma unroll
    for (uint h = 0; h < 2; h++) {
        __global const float *row = from + 4 * h * stride;
        const float8 r0 = vload8(0, row), r1 = vload8(0, row + stride);
        const float8 r2 = vload8(0, row + 2 * stride), r3 = vload8(0, row + 3 * stride);
        const float8 e0 = EVEN(r0, r1), e1 = EVEN(r2, r3);
        const float8 o0 = ODD(r0, r1), o1 = ODD(r2, r3);
        part[h][0] = EVENS(e0, e1);
        part[h][1] = ODDS(e0, e1);
        part[h][2] = EVENS(o0, o1);
        part[h][3] = ODDS(o0, o1);
    }
#pragma unroll
    for (uint k = 0; k < 4; k++) {
        vstore8((float8)(part[0][k].lo, part[1][k].lo), 0, to + k * PANEL_W);
        vstore8((float8)(part[0][k].hi, part[1][k].hi), 0, to + (k + 4) * PANEL_W);
    }
#undef EVEN
#undef ODD
#undef EVENS
#undef ODDS
}

/* panel[k, j] = b[k * stride + j] for k < depth, j < cols; 0 for other j. */
INLINED void pack_along(__global const float *b, const ulong stride, const uint cols,
                        const uint depth, __local float *panel)
{
    for (uint k = 0; k < depth; k++, b += stride, panel += PANEL_W) {
        if (cols >= PANEL_W)
#pragma unroll
            for (uint j = 0; j < PANEL_N; j++)
                vstore_v(vload_v(j, b), j, panel);
        else
            for (uint j = 0; j < PANEL_W; j++)
                panel[j] = j < cols ? b[j] : 0.0f;
    }
}

/* panel[k, j] = b[j * stride + k] for k < depth, j < cols; 0 for other j. */
INLINED void pack_across(__global const float *b, const ulong stride, const uint cols,
                         const uint depth, __local float *panel)
{
    for (uint j = 0; j < PANEL_W; j += 8) {
        uint k = 0;
        if (j + 8 <= cols)
            for (; k + 8 <= depth; k += 8)
                transpose_8x8(b + j * stride + k, stride, panel + k * PANEL_W + j);
        for (; k < depth; k++)
            for (uint i = j; i < j + 8; i++)
                panel[k * PANEL_W + i] = i < cols ? b[i * stride + k] : 0.0f;
    }
}

/* Panels of A whose rows lie along: to[m / PANEL_M, k, m % PANEL_M] = a[m, k], a[rows, depth].
 * Rows past the last repeat it.
 * Launch: global {ceil(rows / PANEL_M)}, local {1}; a work-item owns a panel. */
__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void pack_rows(__global const float *restrict a, const ulong a_off, __global float *restrict to,
               const ulong to_off, const uint rows, const uint depth)
{
    const uint first = (uint)get_global_id(0) * PANEL_M;
    __global float *out = to + to_off + (ulong)first * depth;
    __global const float *in[PANEL_M];

#pragma unroll
    for (uint i = 0; i < PANEL_M; i++)
        in[i] = a + a_off + (ulong)min(first + i, rows - 1) * depth;
    for (uint k = 0; k < depth; k++, out += PANEL_M)
#pragma unroll
        for (uint i = 0; i < PANEL_M; i++)
            out[i] = in[i][k];
}

/* Panels of A whose columns lie along: to[m / PANEL_M, k, m % PANEL_M] = a[k, m], a[depth, rows].
 * Launch: global {ceil(rows / PANEL_M)}, local {1}; a work-item owns a panel. */
__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void pack_columns(__global const float *restrict a, const ulong a_off, __global float *restrict to,
                  const ulong to_off, const uint rows, const uint depth)
{
    const uint first = (uint)get_global_id(0) * PANEL_M;
    __global float *out = to + to_off + (ulong)first * depth;
    __global const float *in = a + a_off;

    if (first + PANEL_M <= rows)
        for (uint k = 0; k < depth; k++, out += PANEL_M)
#pragma unroll
            for (uint i = 0; i < PANEL_M; i++)
                out[i] = in[(ulong)k * rows + first + i];
    else
        for (uint k = 0; k < depth; k++, out += PANEL_M)
            for (uint i = 0; i < PANEL_M; i++)
                out[i] = in[(ulong)k * rows + min(first + i, rows - 1)];
}
