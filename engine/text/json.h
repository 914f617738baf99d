/* Members of JSON objects that came from outside: of any type, or not there. Borrowed; `object` may be NULL. */
#ifndef CALLAPI_ENGINE_TEXT_JSON_H
#define CALLAPI_ENGINE_TEXT_JSON_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

cJSON *json_member(const cJSON *object, const char *key);
const char *json_string(const cJSON *object, const char *key); /* NULL: it is none */
double json_number(const cJSON *object, const char *key);      /* NaN: it is none */
/* An integer of at least `least` and at most `most`, in `value`. False: it is none, and `value` is as before. */
#define JSON_INTEGER_MAX 9007199254740991 /* 2^53 - 1: what a JSON number holds exactly */
bool json_integer(const cJSON *object, const char *key, int64_t least, int64_t most, int64_t *value);
bool json_is_true(const cJSON *object, const char *key);

#endif
