/* test_net.c - shape and layout of a network. */
#include <string.h>

#include "host/net/net.h"
#include "support.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void expect_size(const char *what, size_t found, size_t expected)
{
    cr_expect(found == expected, "%s: %zu expected, %zu found", what, expected, found);
}

Test(net, layout_of_3_2_4_is_the_drawing)
{
    const uint32_t widths[] = {3, 2, 4};
    struct net net;

    require_ok(net_init(&net, widths, COUNT(widths), INCLINE_RELU));
    expect_size("layers", net.layers, 2);
    expect_size("weights", net.weight_count, 6 + 8);
    expect_size("params", net.param_count, 6 + 8 + 2 + 4);
    expect_size("W0", net_weight_at(&net, 0), 0);
    expect_size("W1", net_weight_at(&net, 1), 6);
    expect_size("b0", net_bias_at(&net, 0), 14);
    expect_size("b1", net_bias_at(&net, 1), 16);
    net_clear(&net);
    net_clear(&net);
}

Test(net, layout_of_784_10_10_is_the_drawing)
{
    const uint32_t widths[] = {784, 10, 10};
    struct net net;

    require_ok(net_init(&net, widths, COUNT(widths), INCLINE_RELU));
    expect_size("weights", net.weight_count, 7940);
    expect_size("params", net.param_count, 7960);
    expect_size("W1", net_weight_at(&net, 1), 7840);
    expect_size("b0", net_bias_at(&net, 0), 7940);
    expect_size("b1", net_bias_at(&net, 1), 7950);
    net_clear(&net);
}

Test(net, only_the_last_layer_is_always_linear)
{
    const uint32_t widths[] = {5, 4, 3, 2};
    struct net net;

    require_ok(net_init(&net, widths, COUNT(widths), INCLINE_RELU));
    for (uint32_t l = 0; l < 3; l++) {
        const enum incline_activation expected = l == 2 ? INCLINE_LINEAR : INCLINE_RELU;
        cr_expect(net_activation(&net, l) == expected, "layer %u: activation %d expected, %d found",
                  l, (int)expected, (int)net_activation(&net, l));
    }
    net_clear(&net);
}

Test(net, the_widths_are_copied)
{
    uint32_t widths[] = {3, 2};
    struct net net;

    require_ok(net_init(&net, widths, COUNT(widths), INCLINE_LINEAR));
    widths[0] = 99;
    cr_expect(net.widths[0] == 3, "3 expected, %u found", net.widths[0]);
    net_clear(&net);
}

Test(net, impossible_networks_are_refused_and_the_out_parameter_is_untouched)
{
    static const struct {
        uint32_t widths[3];
        size_t count;
        int activation;
        const char *says;
    } rows[] = {
        {{0}, 0, INCLINE_RELU, "0 widths"},
        {{784}, 1, INCLINE_RELU, "1 widths"},
        {{0, 10}, 2, INCLINE_RELU, "width 1 of 2 is 0"},
        {{784, 0, 10}, 3, INCLINE_RELU, "width 2 of 3 is 0"},
        {{784, 10, 0}, 3, INCLINE_RELU, "width 3 of 3 is 0"},
        {{2147483648u, 1}, 2, INCLINE_RELU, "layer 0 (1 x 2147483648)"},
        {{65536, 32768}, 2, INCLINE_RELU, "2^31 parameters"},
        {{4294967295u, 4294967295u}, 2, INCLINE_RELU, "2^31 parameters"},
        {{1, 4294967295u, 4294967295u}, 3, INCLINE_RELU, "2^31 parameters"},
        {{2, 2147483u, 1000}, 3, INCLINE_RELU, "layer 1 (1000 x 2147483)"},
        {{784, 10}, 2, INCLINE_ACTIVATION_COUNT, "activation 13"},
        {{784, 10}, 2, -1, "activation -1"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct net net, before;
        memset(&net, 0x5a, sizeof net);
        memcpy(&before, &net, sizeof net);
        require_fails(net_init(&net, rows[i].widths, rows[i].count,
                               (enum incline_activation)rows[i].activation),
                      INCLINE_EARG, rows[i].says);
        cr_expect(memcmp(&net, &before, sizeof net) == 0, "row %zu: the network was written", i);
    }
    struct net net;
    require_fails(net_init(&net, NULL, 3, INCLINE_RELU), INCLINE_EARG, "0 widths");
}

Test(net, exactly_2_to_the_31_parameters_are_allowed)
{
    const uint32_t widths[] = {2147483647u, 1};
    struct net net;

    require_ok(net_init(&net, widths, COUNT(widths), INCLINE_RELU));
    expect_size("params", net.param_count, (size_t)1 << 31);
    net_clear(&net);
}

Test(net, text_shows_the_widths_and_cuts_between_them)
{
    const uint32_t widths[] = {784, 100, 10};
    static const struct {
        size_t bytes;
        const char *expected;
    } rows[] = {
        {64, "784-100-10"}, {11, "784-100-10"}, {10, "784..."}, {9, "784..."},
        {7, "784..."},      {6, "..."},         {4, "..."},
    };
    struct net net;

    require_ok(net_init(&net, widths, COUNT(widths), INCLINE_RELU));
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[65];
        memset(text, '#', sizeof text);
        const char *const found = net_text(&net, text, rows[i].bytes);
        cr_expect(strcmp(found, rows[i].expected) == 0, "%zu bytes: \"%s\" expected, \"%s\" found",
                  rows[i].bytes, rows[i].expected, found);
        cr_expect(text[rows[i].bytes] == '#', "%zu bytes: written behind the end", rows[i].bytes);
    }
    net_clear(&net);
}
