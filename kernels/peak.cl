/* peak.cl - what the device itself can do, to set beside what training reaches on it.
 * Reference: reference_measure_peak() in host/backend/reference_peak.c. */

/* Vectors that a work-item adds to in turn: enough to hide the latency of fma on CPUs, few
 * enough to stay in 16 registers. Keep host/opencl/peak.c in step. */
#define PEAK_SUMS 10

/* Rounds between two looks at the counter; divides `rounds`. */
#define PEAK_UNROLL 4

/* io[VEC * items]: each float v becomes the sum over i < PEAK_SUMS of v + i, each of which went
 * `rounds` times through fma(sum, factor, term). With whole numbers and 1 for both that is
 * PEAK_SUMS * (v + rounds) + PEAK_SUMS * (PEAK_SUMS - 1) / 2, exact below 2^24; the compiler
 * knows neither value, and so can leave nothing out.
 * Launch: global {items}, local {ROW_WG}; a work-item owns one vector. */
__kernel __attribute__((reqd_work_group_size(ROW_WG, 1, 1)))
void peak_fma(__global float *restrict io, const ulong io_off, const float factor,
              const float term, const uint rounds)
{
    __global float *own = io + io_off + get_global_id(0) * VEC;
    const floatv start = vload_v(0, own), factors = (floatv)(factor), terms = (floatv)(term);
    floatv sums[PEAK_SUMS];

#pragma unroll
    for (uint i = 0; i < PEAK_SUMS; i++)
        sums[i] = start + (floatv)((float)i);
    for (uint round = 0; round < rounds; round += PEAK_UNROLL) {
#pragma unroll
        for (uint u = 0; u < PEAK_UNROLL; u++)
#pragma unroll
            for (uint i = 0; i < PEAK_SUMS; i++)
                sums[i] = fma(sums[i], factors, terms);
    }
#pragma unroll
    for (uint i = 1; i < PEAK_SUMS; i++)
        sums[0] += sums[i];
    vstore_v(sums[0], 0, own);
}

/* to[VEC * vectors] = from.
 * Launch: global {ROW_WG * groups}, local {ROW_WG}; a group owns a run of `run` vectors, the last
 * one what is left. */
__kernel __attribute__((reqd_work_group_size(ROW_WG, 1, 1)))
void peak_copy(__global const float *restrict from, const ulong from_off,
               __global float *restrict to, const ulong to_off, const uint vectors,
               const uint run)
{
    const ulong first = get_group_id(0) * (ulong)run;
    const ulong end = min(first + run, (ulong)vectors);

    for (ulong v = first + get_local_id(0); v < end; v += ROW_WG)
        vstore_v(vload_v(v, from + from_off), 0, to + to_off + v * VEC);
}
