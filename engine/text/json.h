/* Members of JSON objects that came from outside: of any type, or not there. Borrowed; `object` may be NULL. */
#ifndef CALLAPI_ENGINE_TEXT_JSON_H
#define CALLAPI_ENGINE_TEXT_JSON_H

#include <cjson/cJSON.h>
#include <stdbool.h>

cJSON *json_member(const cJSON *object, const char *key);
const char *json_string(const cJSON *object, const char *key); /* NULL: it is none */
double json_number(const cJSON *object, const char *key);      /* NaN: it is none */
bool json_is_true(const cJSON *object, const char *key);

#endif
