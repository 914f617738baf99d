/* One picture of each scene that the window shows, for --shots. */
#ifndef CALLAPI_APP_CLIENT_SHOTS_H
#define CALLAPI_APP_CLIENT_SHOTS_H

#include <stdbool.h>
#include <stdint.h>

#include "render/window.h"

struct shots;

struct shots *shots_create(void);
void shots_destroy(struct shots *shots); /* takes NULL */
/* To be called before each presenting; `scene` is a literal, and its picture is taken where it is settled. */
void shots_take(struct shots *shots, struct window *window, const char *scene, bool settled, int64_t now_us);
/* "1-live.png" and so on: encoding waits for the end of the show. */
bool shots_save(const struct shots *shots, const char *folder);

#endif
