/* clblast.c - the three products of a dense layer by CLBlast, finished by dense.cl.
 *
 *   product            A^   B^   m        n        k        lda      ldb     ldc
 *   y = x w^T          no   yes  rows     outputs  inputs   inputs   inputs  outputs
 *   dw = dy^T x        yes  no   outputs  inputs   rows     outputs  inputs  inputs
 *   dx = dy w          no   no   rows     inputs   outputs  outputs  inputs  inputs
 *
 * CLBlast's first calls are not safe to make from two threads at once, so all calls go through
 * one lock. It ends the process when it cannot allocate its own temporary memory, so it is
 * always given ours. */
#include "host/opencl/room.h"

#ifdef INCLINE_WITH_CLBLAST

#include <clblast_c.h>
#include <pthread.h>

static pthread_mutex_t clblast_lock = PTHREAD_MUTEX_INITIALIZER;

bool clblast_available(void)
{
    return true;
}

/* C[m, n] = alpha * op(A)[m, k] * op(B)[k, n] + beta * C, op = transpose. */
struct sgemm {
    bool transpose_a, transpose_b;
    size_t m, n, k;
    float alpha, beta;
    struct span a, b, c;
    size_t lda, ldb;
};

static int sgemm_run(struct opencl_device *device, const struct sgemm *g)
{
    const CLBlastTranspose ta = g->transpose_a ? CLBlastTransposeYes : CLBlastTransposeNo;
    const CLBlastTranspose tb = g->transpose_b ? CLBlastTransposeYes : CLBlastTransposeNo;
    struct span temporary;
    size_t bytes = 0;

    CLBlastStatusCode code =
        CLBlastSGemmTempBufferSize(CLBlastLayoutRowMajor, ta, tb, g->m, g->n, g->k, g->a.at, g->lda,
                                   g->b.at, g->ldb, g->c.at, g->n, &device->queue, &bytes);
    if (code == CLBlastSuccess) {
        const int rc = opencl_scratch(device, bytes > 0 ? bytes : 64, &temporary);
        if (rc != INCLINE_OK)
            return rc;
        code = CLBlastSgemmWithTempBuffer(CLBlastLayoutRowMajor, ta, tb, g->m, g->n, g->k, g->alpha,
                                          *opencl_mem(g->a), g->a.at, g->lda, *opencl_mem(g->b),
                                          g->b.at, g->ldb, g->beta, *opencl_mem(g->c), g->c.at,
                                          g->n, &device->queue, NULL, *opencl_mem(temporary));
    }
    if (code != CLBlastSuccess)
        return FAIL(INCLINE_EDEVICE,
                    "CLBlast's product %zu x %zu x %zu failed on %s with status %d; take "
                    "Incline's own kernels (--gemm own)",
                    g->m, g->n, g->k, device->base.info.name, (int)code);
    return INCLINE_OK;
}

static int sgemm(struct opencl_device *device, const struct sgemm *g)
{
    pthread_mutex_lock(&clblast_lock);
    const int rc = sgemm_run(device, g);
    pthread_mutex_unlock(&clblast_lock);
    return rc;
}

int clblast_forward(struct opencl_device *device, const struct dense_forward *args)
{
    const cl_uint activation = args->activation;
    const size_t local[] = {device->tuning.ROW_WG};
    const size_t global[] = {args->rows * local[0]};
    const struct kernel_arg list[] = {SPAN_ARG(args->b), SPAN_ARG(args->y), ARG(args->outputs),
                                      ARG(activation)};
    const int rc = sgemm(device, &(struct sgemm){.transpose_b = true,
                                                 .m = args->rows,
                                                 .n = args->outputs,
                                                 .k = args->inputs,
                                                 .alpha = 1.0f,
                                                 .a = args->x,
                                                 .b = args->w,
                                                 .c = args->y,
                                                 .lda = args->inputs,
                                                 .ldb = args->inputs});
    return rc != INCLINE_OK ? rc : LAUNCH(device, KERNEL_bias_activation, 1, global, local, list);
}

int clblast_backward_weights(struct opencl_device *device,
                             const struct dense_backward_weights *args)
{
    const int rc = sgemm(device, &(struct sgemm){.transpose_a = true,
                                                 .m = args->outputs,
                                                 .n = args->inputs,
                                                 .k = args->rows,
                                                 .alpha = args->scale,
                                                 .beta = args->accumulate ? 1.0f : 0.0f,
                                                 .a = args->dy,
                                                 .b = args->x,
                                                 .c = args->dw,
                                                 .lda = args->outputs,
                                                 .ldb = args->inputs});
    return rc != INCLINE_OK ? rc : bias_gradient(device, args);
}

int clblast_backward_input(struct opencl_device *device, const struct dense_backward_input *args)
{
    const cl_uint activation = args->activation;
    const size_t local[] = {device->tuning.ROW_WG};
    const size_t global[] = {args->rows * local[0]};
    const struct kernel_arg list[] = {SPAN_ARG(args->a), SPAN_ARG(args->dx), ARG(args->inputs),
                                      ARG(activation)};
    const int rc = sgemm(device, &(struct sgemm){.m = args->rows,
                                                 .n = args->inputs,
                                                 .k = args->outputs,
                                                 .alpha = 1.0f,
                                                 .a = args->dy,
                                                 .b = args->w,
                                                 .c = args->dx,
                                                 .lda = args->outputs,
                                                 .ldb = args->inputs});
    return rc != INCLINE_OK ? rc
                            : LAUNCH(device, KERNEL_activation_gradient, 1, global, local, list);
}

/* CLBlast keeps programs until the process ends, and releases them when drivers are gone. */
void clblast_close(void)
{
    pthread_mutex_lock(&clblast_lock);
    (void)CLBlastClearCache();
    pthread_mutex_unlock(&clblast_lock);
}

#else

bool clblast_available(void)
{
    return false;
}

static int without_clblast(void)
{
    return FAIL(INCLINE_EARG, "this Incline was built without CLBlast");
}

int clblast_forward(struct opencl_device *device, const struct dense_forward *args)
{
    (void)device;
    (void)args;
    return without_clblast();
}

int clblast_backward_weights(struct opencl_device *device,
                             const struct dense_backward_weights *args)
{
    (void)device;
    (void)args;
    return without_clblast();
}

int clblast_backward_input(struct opencl_device *device, const struct dense_backward_input *args)
{
    (void)device;
    (void)args;
    return without_clblast();
}

void clblast_close(void)
{
}

#endif
