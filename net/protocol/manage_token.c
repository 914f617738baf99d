#include "net/protocol/manage_token.h"

#include <cjson/cJSON.h>
#include <string.h>

#include "engine/text/json.h"
#include "net/protocol/hub_protocol.h"

char *manage_token_make(const char *secret, const char *private_key, const struct manage_request *request,
                        int64_t now_ms, char **error)
{
    cJSON *claims = cJSON_CreateObject();
    cJSON_AddStringToObject(claims, "sub", request->manager);
    cJSON_AddStringToObject(claims, "aud", request->kiosk);
    cJSON_AddStringToObject(claims, "ask", request->ask);
    cJSON_AddStringToObject(claims, "jti", request->id);
    cJSON_AddNumberToObject(claims, "iat", (double)now_ms / 1000);
    cJSON_AddNumberToObject(claims, "exp", (double)(now_ms / 1000 + MANAGE_TOKEN_LIFE_S));
    char *token = hub_token_sign(secret, private_key, claims, error);
    cJSON_Delete(claims);
    return token;
}

static const char *find_wrong(const cJSON *claims, const struct manage_request *request, int64_t now_ms,
                              int64_t since_ms)
{
    const cJSON *end = json_member(claims, "exp");
    const cJSON *made = json_member(claims, "iat");
    double now_s = (double)now_ms / 1000;
    if (g_strcmp0(json_string(claims, "sub"), request->manager) != 0 ||
        g_strcmp0(json_string(claims, "aud"), request->kiosk) != 0 ||
        g_strcmp0(json_string(claims, "ask"), request->ask) != 0 ||
        g_strcmp0(json_string(claims, "jti"), request->id) != 0)
        return "the token is for another request";
    if (!cJSON_IsNumber(end) || !(end->valuedouble > now_s))
        return "the token has expired; are the clocks right?";
    if (!cJSON_IsNumber(made) || !(made->valuedouble * 1000 >= (double)since_ms))
        return "the token was made before this kiosk began; are the clocks right?";
    return end->valuedouble <= now_s + MANAGE_TOKEN_LIFE_MAX_S
               ? NULL
               : "the token is valid for too long; are the clocks right?";
}

bool manage_token_check(const struct hub_keys *keys, const char *token, const struct manage_request *request,
                        int64_t now_ms, int64_t since_ms, char **error)
{
    if (!token || strlen(token) > HUB_TOKEN_MAX) {
        *error = g_strdup("this kiosk wants a token that is signed for the request");
        return false;
    }
    cJSON *claims = hub_token_verify(keys, token, error);
    const char *wrong = claims ? find_wrong(claims, request, now_ms, since_ms) : NULL;
    bool good = claims && !wrong;
    if (wrong)
        *error = g_strdup(wrong);
    cJSON_Delete(claims);
    return good;
}
