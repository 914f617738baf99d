#include "app/load/figures.h"

#include <math.h>
#include <stdio.h>

GArray *figures_create(void)
{
    return g_array_new(FALSE, FALSE, sizeof(double));
}

void figures_add(GArray *figures, double figure)
{
    g_array_append_val(figures, figure);
}

static int compare(gconstpointer a, gconstpointer b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

double figures_quantile(GArray *figures, double fraction)
{
    if (!figures->len)
        return NAN;
    g_array_sort(figures, compare);
    guint at = (guint)MAX(ceil(fraction * figures->len) - 1, 0);
    return g_array_index(figures, double, MIN(at, figures->len - 1));
}

cJSON *figures_to_json(GArray *figures)
{
    static const struct {
        const char *name;
        double fraction;
    } told[] = { { "p50", 0.5 }, { "p95", 0.95 }, { "p99", 0.99 }, { "max", 1 } };
    if (!figures->len)
        return cJSON_CreateNull();
    cJSON *object = cJSON_CreateObject();
    cJSON_AddNumberToObject(object, "n", figures->len);
    for (size_t i = 0; i < G_N_ELEMENTS(told); i++)
        cJSON_AddNumberToObject(object, told[i].name, round(figures_quantile(figures, told[i].fraction) * 1000) / 1000);
    return object;
}

void figures_print(const char *what, const char *unit, GArray *figures)
{
    if (figures->len)
        printf("%-32s %9.1f %9.1f %9.1f %-4s %6u\n", what, figures_quantile(figures, 0.5),
               figures_quantile(figures, 0.95), figures_quantile(figures, 0.99), unit, figures->len);
    else
        printf("%-32s %9s %9s %9s %-4s %6u\n", what, "-", "-", "-", unit, 0);
}
