/* What went wrong with a publishing, in a technician's words. Pure. */
#ifndef CALLAPI_ENGINE_PUBLISH_TROUBLE_H
#define CALLAPI_ENGINE_PUBLISH_TROUBLE_H

#include <stdbool.h>

/* `error`: libavformat's. `was_live`: pictures were on their way. Without anything of the address; g_free it. */
char *publish_explain(int error, const char *url, bool was_live);

#endif
