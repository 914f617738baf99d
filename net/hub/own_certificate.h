/* A certificate of the hub's own making, for a house without a domain: browsers give camera and microphone to https
 * pages only. They warn of it once, since nobody has signed it but itself. */
#ifndef CALLAPI_NET_HUB_OWN_CERTIFICATE_H
#define CALLAPI_NET_HUB_OWN_CERTIFICATE_H

#include <stdbool.h>

/* The certificate in `folder` (made where it is missing) for localhost, this machine's name and `addresses` (numbers,
 * NULL-terminated): `cert` and `key` are its files (g_free them), the key readable by its owner alone. It is used as
 * long as it names them all and has a month to go, so that a browser that has accepted it does not ask again. False
 * with words in `error` (g_free). */
bool hub_own_certificate(const char *folder, char *const *addresses, char **cert, char **key, char **error);

#endif
