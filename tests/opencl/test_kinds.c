/* test_kinds.c - kernels whose text depends on the kind of device: in every vector width, with a
 * work-item for a row as CPUs get them and with 64 as GPUs do, in lockstep with the reference. */
#include <stdio.h>
#include <stdlib.h>

#include "device/rig.h"
#include "host/backend/check.h"
#include "host/opencl/room.h"
#include "host/verify/verify.h"

/* Device 0 as one of another kind would be opened, in lockstep; or a skipped test. */
static struct incline_device *open_as(cl_uint row_wg, cl_uint vec)
{
    struct incline_device *dev = NULL, *check = NULL;
    const int status = opencl_open(0, 0, &dev);
    if (status == INCLINE_ENODEVICE && getenv("INCLINE_TEST_REQUIRE") == NULL)
        cr_skip_test("no OpenCL device: %s", incline_last_error());
    cr_assert(status == INCLINE_OK, "%s", incline_last_error());
    struct opencl_device *device = opencl_of(dev);
    opencl_programs_release(device);
    device->tuning.ROW_WG = row_wg;
    device->tuning.VEC = vec;
    opencl_programs_prepare(device);
    require_ok(check_open(dev, true, true, &check));
    return check;
}

Test(kinds, rows_and_images_are_right_in_every_vector_width_for_cpus_and_for_gpus)
{
    static const cl_uint row_wgs[] = {1, 64}, vecs[] = {4, 8, 16};

    for (size_t r = 0; r < COUNT(row_wgs); r++)
        for (size_t v = 0; v < COUNT(vecs); v++) {
            struct incline_device *check = open_as(row_wgs[r], vecs[v]);
            int rc = verify_run_augment(check, false);
            if (rc == INCLINE_OK)
                rc = verify_run_deskew(check, false);
            if (rc == INCLINE_OK)
                rc = verify_run_normalize(check, 37, 19, false);
            cr_expect(rc == INCLINE_OK, "ROW_WG=%u, VEC=%u: %s", row_wgs[r], vecs[v],
                      incline_last_error());
            incline_device_close(check);
        }
}
