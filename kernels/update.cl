/* update.cl - the gradient step over the flat block of parameters.
 * Reference: reference_update(). */

/* params[count] = fma(-learning_rate, grads, params).
 * Launch: global {ceil(count / VEC) up to a multiple of WG}, local {WG}; a work-item owns VEC
 * elements. */
__kernel __attribute__((reqd_work_group_size(WG, 1, 1)))
void update_params(__global const float *restrict grads, const ulong grads_off,
                   __global float *restrict params, const ulong params_off,
                   const float learning_rate, const uint count)
{
    const uint first = (uint)get_global_id(0) * VEC;
    __global const float *g = grads + grads_off + first;
    __global float *p = params + params_off + first;

    if (first >= count)
        return;
    if (count - first >= VEC)
        vstore_v(fma((floatv)(-learning_rate), vload_v(0, g), vload_v(0, p)), 0, p);
    else
        for (uint i = 0; i < count - first; i++)
            p[i] = fma(-learning_rate, g[i], p[i]);
}
