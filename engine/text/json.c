#include "engine/text/json.h"

cJSON *json_member(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

const char *json_string(const cJSON *object, const char *key)
{
    return cJSON_GetStringValue(json_member(object, key));
}

double json_number(const cJSON *object, const char *key)
{
    return cJSON_GetNumberValue(json_member(object, key));
}

bool json_integer(const cJSON *object, const char *key, int64_t least, int64_t most, int64_t *value)
{
    double number = json_number(object, key);
    if (!(number >= (double)least && number <= (double)most) || (double)(int64_t)number != number)
        return false;
    *value = (int64_t)number;
    return true;
}

bool json_is_true(const cJSON *object, const char *key)
{
    return cJSON_IsTrue(json_member(object, key));
}
