/* digits.c - the built-in data set: digits drawn from stroke outlines, as if by many hands.
 *
 * Each sample takes one of several outlines of its digit, moves the control points a little,
 * bends, slants, turns, scales and shifts the whole, and draws it with a pen of random width
 * and darkness. Sample k of a seed draws its random numbers from RNG_STREAM(RNG_DIGITS, k), so
 * it does not depend on how many samples there are.
 *
 * The same seed gives the same bytes on every machine: only +, -, *, / and sqrtf() are used,
 * which IEEE 754 rounds in one way, and no product may be contracted with a sum. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "host/data/room.h"
#include "host/util/rng.h"
#include "host/util/status.h"

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF /* gcc contracts nothing under -std=c11 */
#endif

#define SIDE 28
#define DIGITS 10
#define MOST_POINTS 20
#define PIECES 5 /* straight pieces drawn for the curve between two control points */

/* How different the hands are. Tuned so that 784-10-10 is right for 90 to 95 % of the test
 * part, after 10 epochs of the default recipe. Lengths are in pixels unless said otherwise. */
static const float jitter = 0.10f;     /* of each control point, in heights of a digit */
static const float bend = 0.26f;       /* of the upright, in heights */
static const float slant_mean = 0.12f; /* to the right, as the tangent of the angle */
static const float slant_spread = 0.55f;
static const float turn = 0.28f; /* radians */
static const float height_least = 15.5f, height_more = 6.5f;
static const float width_least = 0.52f, width_more = 0.46f; /* in heights */
static const float shift = 3.5f;                            /* of the middle, each way */
static const float pen_least = 0.75f, pen_more = 1.15f;     /* half the width of a stroke */
static const float edge_least = 0.5f, edge_more = 0.55f;    /* half the width of its soft edge */
static const float ink_least = 0.65f, ink_more = 0.35f;     /* of full white */
static const float grain = 0.16f;                           /* of the ink, from pixel to pixel */

struct point {
    int8_t x, y;
};

/* A pen that is lifted; the next point begins another stroke. */
/* clang-format off */
#define LIFT {-1, -1}
/* clang-format on */

/* An outline: control points in hundredths of the box around the digit, y downwards, joined
 * by a smooth curve. A point that stands twice makes a corner. */
struct outline {
    uint8_t digit, points;
    struct point path[MOST_POINTS];
};

/* clang-format off */
static const struct outline outlines[] = {
    {0, 9, {{55, 2}, {22, 14}, {6, 48}, {20, 86}, {50, 99}, {82, 84}, {95, 48}, {80, 14}, {52, 2}}},
    {0, 9, {{70, 6}, {36, 6}, {16, 40}, {18, 78}, {44, 98}, {74, 82}, {84, 46}, {74, 14}, {56, 4}}},
    {0, 9, {{38, 3}, {10, 22}, {6, 62}, {28, 95}, {64, 97}, {92, 72}, {94, 34}, {70, 6}, {26, 8}}},
    {1, 2, {{50, 0}, {50, 100}}},
    {1, 3, {{54, 0}, {50, 50}, {48, 100}}},
    {1, 4, {{26, 24}, {55, 0}, {55, 0}, {54, 100}}},
    {1, 7, {{28, 22}, {52, 0}, {52, 0}, {52, 98}, LIFT, {24, 100}, {80, 98}}},
    {2, 8, {{8, 24}, {34, 2}, {74, 6}, {84, 32}, {52, 66}, {8, 98}, {8, 98}, {94, 96}}},
    {2, 11, {{12, 20}, {44, 0}, {82, 16}, {76, 48}, {40, 84}, {12, 92}, {14, 74}, {36, 76},
             {58, 94}, {76, 98}, {96, 88}}},
    {2, 8, {{14, 12}, {50, 2}, {80, 20}, {66, 52}, {12, 94}, {12, 94}, {50, 90}, {92, 100}}},
    {3, 10, {{12, 12}, {48, 0}, {84, 18}, {70, 42}, {36, 48}, {36, 48}, {78, 56}, {90, 78},
             {58, 100}, {8, 90}}},
    {3, 9, {{10, 4}, {86, 4}, {86, 4}, {42, 42}, {42, 42}, {84, 54}, {88, 82}, {52, 100}, {8, 88}}},
    {3, 9, {{18, 6}, {66, 2}, {80, 26}, {44, 46}, {44, 46}, {86, 62}, {76, 90}, {40, 100},
            {10, 94}}},
    {4, 8, {{22, 2}, {10, 54}, {10, 54}, {92, 50}, LIFT, {76, 4}, {72, 50}, {68, 100}}},
    {4, 6, {{66, 100}, {70, 0}, {70, 0}, {4, 66}, {4, 66}, {96, 66}}},
    {4, 8, {{18, 6}, {14, 40}, {34, 58}, {74, 46}, LIFT, {82, 0}, {74, 52}, {70, 100}}},
    {5, 10, {{86, 2}, {24, 4}, {24, 4}, {18, 44}, {18, 44}, {58, 36}, {88, 60}, {76, 90},
             {40, 100}, {6, 90}}},
    {5, 10, {{22, 4}, {16, 46}, {16, 46}, {62, 42}, {86, 70}, {58, 98}, {8, 92}, LIFT, {20, 4},
             {94, 0}}},
    {6, 9, {{74, 0}, {36, 20}, {10, 62}, {26, 96}, {66, 98}, {88, 74}, {64, 52}, {30, 60},
            {12, 80}}},
    {6, 8, {{46, 0}, {18, 36}, {12, 78}, {44, 100}, {80, 84}, {70, 58}, {38, 56}, {14, 76}}},
    {7, 5, {{6, 6}, {90, 4}, {90, 4}, {56, 50}, {36, 100}}},
    {7, 7, {{8, 4}, {88, 4}, {88, 4}, {42, 100}, LIFT, {26, 52}, {80, 48}}},
    {7, 6, {{8, 22}, {12, 6}, {86, 8}, {86, 8}, {62, 44}, {52, 100}}},
    {8, 11, {{80, 12}, {46, 0}, {16, 20}, {40, 44}, {82, 68}, {70, 96}, {30, 98}, {16, 72},
             {52, 46}, {82, 22}, {68, 4}}},
    {8, 14, {{50, 2}, {20, 18}, {34, 44}, {66, 44}, {80, 20}, {50, 2}, LIFT, {48, 46}, {14, 66},
             {22, 94}, {54, 100}, {86, 86}, {80, 56}, {48, 46}}},
    {9, 10, {{84, 20}, {48, 0}, {14, 22}, {26, 50}, {62, 48}, {84, 20}, {84, 20}, {80, 60},
             {74, 100}, {74, 100}}},
    {9, 9, {{82, 14}, {42, 2}, {12, 28}, {34, 54}, {72, 40}, {84, 16}, {82, 60}, {62, 92},
            {18, 98}}},
    {9, 8, {{78, 12}, {36, 4}, {16, 32}, {44, 50}, {80, 28}, {76, 10}, {72, 56}, {52, 100}}},
};
/* clang-format on */
#define OUTLINES (sizeof outlines / sizeof *outlines)

/* The random numbers of one sample, in turn. */
struct draw {
    uint64_t seed, stream, index;
    uint32_t block[4];
};

/* Uniform in [0, 1): what rng_uniform() gives, but each block of four is computed once. */
static float draw_unit(struct draw *draw)
{
    if (draw->index % 4 == 0)
        rng_block(draw->seed, draw->stream, draw->index / 4, draw->block);
    return (float)(draw->block[draw->index++ % 4] >> 8) * 0x1p-24f;
}

/* In (-1, 1), more often near 0: most hands are ordinary. */
static float draw_near(struct draw *draw)
{
    const float first = draw_unit(draw);
    return first - draw_unit(draw);
}

/* How one sample is written. */
struct hand {
    float xx, xy, yx, yy; /* pixels per height of the digit: the linear part */
    float x0, y0;         /* pixels: where the middle comes to lie */
    float bend;
    float pen, edge, ink;
};

static struct hand draw_hand(struct draw *draw)
{
    struct hand hand;
    const float height = height_least + height_more * draw_unit(draw);
    const float width = height * (width_least + width_more * draw_unit(draw));
    const float slant = slant_mean + slant_spread * draw_near(draw);

    /* Sine and cosine of a small angle: the first terms of their series are exact enough, and
     * unlike sinf() the same on every machine. */
    const float t = turn * draw_near(draw);
    const float sine = t - t * t * t / 6.0f, cosine = 1.0f - t * t / 2.0f;
    const float lean = -slant * height;
    hand.xx = cosine * width;
    hand.xy = cosine * lean - sine * height;
    hand.yx = sine * width;
    hand.yy = sine * lean + cosine * height;
    hand.x0 = 0.5f * SIDE + shift * draw_near(draw);
    hand.y0 = 0.5f * SIDE + shift * draw_near(draw);
    hand.bend = bend * draw_near(draw);
    hand.pen = pen_least + pen_more * draw_unit(draw);
    hand.edge = edge_least + edge_more * draw_unit(draw);
    hand.ink = ink_least + ink_more * draw_unit(draw);
    return hand;
}

struct spot {
    float x, y;
};

/* The control point `point` as this hand places it, in pixels. */
static struct spot place(const struct hand *hand, struct point point, struct draw *draw)
{
    float u = (float)(point.x - 50) / 100.0f;
    float v = (float)(point.y - 50) / 100.0f;
    u += jitter * draw_near(draw);
    v += jitter * draw_near(draw);
    u += hand->bend * (4.0f * v * v - 0.5f);
    return (struct spot){hand->x0 + hand->xx * u + hand->xy * v,
                         hand->y0 + hand->yx * u + hand->yy * v};
}

/* Squares of the distances, in pixels, from the pixels' middles to the nearest stroke. */
typedef float canvas[SIDE][SIDE];

/* First and last pixel whose middle lies within `reach` of the span from a to b. */
static void pixel_span(float a, float b, float reach, int *first, int *last)
{
    const float low = (a < b ? a : b) - reach, high = (a < b ? b : a) + reach;
    *first = low > 0.0f ? (int)low : 0;
    *last = high < (float)SIDE ? (int)high : SIDE - 1;
}

static void draw_piece(canvas near, struct spot a, struct spot b, float reach)
{
    const float dx = b.x - a.x, dy = b.y - a.y;
    const float length2 = dx * dx + dy * dy;
    const float inverse = length2 > 0.0f ? 1.0f / length2 : 0.0f;
    int left, right, top, bottom;

    pixel_span(a.x, b.x, reach, &left, &right);
    pixel_span(a.y, b.y, reach, &top, &bottom);
    for (int row = top; row <= bottom; row++)
        for (int col = left; col <= right; col++) {
            const float px = (float)col + 0.5f - a.x, py = (float)row + 0.5f - a.y;
            float along = (px * dx + py * dy) * inverse;
            along = along < 0.0f ? 0.0f : along > 1.0f ? 1.0f : along;
            const float ox = px - along * dx, oy = py - along * dy;
            const float d2 = ox * ox + oy * oy;
            if (d2 < near[row][col])
                near[row][col] = d2;
        }
}

/* The point at t in [0, 1] between b and c on the Catmull-Rom curve through a, b, c, d. */
static float between(float a, float b, float c, float d, float t)
{
    const float linear = c - a;
    const float square = 2.0f * a - 5.0f * b + 4.0f * c - d;
    const float cube = 3.0f * (b - c) + d - a;
    return b + 0.5f * t * (linear + t * (square + t * cube));
}

/* One stroke through `count` spots; its ends are continued by themselves. */
static void draw_stroke(canvas near, const struct spot *spots, size_t count, float reach)
{
    for (size_t i = 0; i + 1 < count; i++) {
        const struct spot b = spots[i], c = spots[i + 1];
        const struct spot a = i > 0 ? spots[i - 1] : b, d = i + 2 < count ? spots[i + 2] : c;
        struct spot from = b;
        if (b.x == c.x && b.y == c.y)
            continue;
        for (int piece = 1; piece <= PIECES; piece++) {
            const float t = (float)piece / PIECES;
            const struct spot to = {between(a.x, b.x, c.x, d.x, t), between(a.y, b.y, c.y, d.y, t)};
            draw_piece(near, from, to, reach);
            from = to;
        }
    }
}

static void draw_outline(canvas near, const struct outline *outline, const struct hand *hand,
                         float reach, struct draw *draw)
{
    struct spot spots[MOST_POINTS];
    size_t count = 0;

    for (size_t i = 0; i < outline->points; i++) {
        const struct point *point = &outline->path[i];
        if (point->x < 0) {
            draw_stroke(near, spots, count, reach);
            count = 0;
            continue;
        }
        const bool corner = count > 0 && point->x == point[-1].x && point->y == point[-1].y;
        spots[count] = corner ? spots[count - 1] : place(hand, *point, draw);
        count++;
    }
    draw_stroke(near, spots, count, reach);
}

/* Turn distances into grey: full ink inside the pen, none beyond its soft edge. */
static void ink_pixels(canvas near, const struct hand *hand, float reach, struct draw *draw,
                       uint8_t *pixels)
{
    const float softness = 1.0f / (2.0f * hand->edge);
    for (size_t i = 0; i < SIDE * SIDE; i++) {
        const float d2 = near[i / SIDE][i % SIDE];
        float cover = 0.0f;
        if (d2 < reach * reach) {
            cover = (reach - sqrtf(d2)) * softness;
            cover = cover > 1.0f ? 1.0f : cover;
            cover *= hand->ink * (1.0f - grain * draw_unit(draw));
        }
        pixels[i] = (uint8_t)(255.0f * cover + 0.5f);
    }
}

static void draw_digit(uint32_t row, uint64_t seed, uint8_t *pixels)
{
    struct draw draw = {.seed = seed, .stream = RNG_STREAM(RNG_DIGITS, row)};
    const uint32_t digit = row % DIGITS;
    const struct outline *mine[OUTLINES];
    size_t styles = 0;
    canvas near;

    for (size_t i = 0; i < OUTLINES; i++)
        if (outlines[i].digit == digit)
            mine[styles++] = &outlines[i];
    const struct outline *outline = mine[(size_t)(draw_unit(&draw) * (float)styles)];
    const struct hand hand = draw_hand(&draw);
    const float reach = hand.pen + hand.edge;

    for (size_t i = 0; i < SIDE * SIDE; i++)
        near[i / SIDE][i % SIDE] = reach * reach;
    draw_outline(near, outline, &hand, reach, &draw);
    ink_pixels(near, &hand, reach, &draw, pixels);
}

int digits_create(uint32_t rows, uint64_t seed, incline_dataset **dataset)
{
    incline_dataset *made = NULL;
    const struct incline_dataset_info info = {
        .name = "digits",
        .source = "built in",
        .rows = rows,
        .features = SIDE * SIDE,
        .classes = DIGITS,
        .image_rows = SIDE,
        .image_cols = SIDE,
        .bytes = true,
        .scale = 1.0f / 255.0f,
    };

    if (rows == 0)
        return FAIL(INCLINE_EARG, "digits: 0 samples; ask for at least one");
    const int rc = dataset_allocate(&info, &made);
    if (rc != INCLINE_OK)
        return rc;
    for (uint32_t row = 0; row < rows; row++) {
        draw_digit(row, seed, (uint8_t *)made->values + (size_t)row * info.features);
        made->labels[row] = row % DIGITS;
    }
    *dataset = made;
    return INCLINE_OK;
}
