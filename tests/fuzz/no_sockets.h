/* libwebsockets' client without a socket, and net/connection/dialer.c without a name server: of both what the project
 * calls. A target is the network, and calls back as libwebsockets would. Wants clock.c. */
#ifndef CALLAPI_TESTS_FUZZ_NO_SOCKETS_H
#define CALLAPI_TESTS_FUZZ_NO_SOCKETS_H

#include <libwebsockets.h>
#include <stdbool.h>

/* The one connection that there is. */
struct no_socket {
    void *user;
    lws_callback_function *callback;
    bool connecting, established, wants_to_write;
    bool first_piece, last_piece; /* of a message that comes */
    unsigned status;              /* of an HTTP answer that comes */
    bool nameless;                /* names cannot be looked up */
    void (*wrote)(const char *text, size_t length);
};
extern struct no_socket no_socket;

/* `data` is copied, so that a read past its end is seen. */
int no_socket_call_back(enum lws_callback_reasons reason, void *session, const char *data, size_t length);
/* As libwebsockets does when a callback refuses to go on, or the other side goes. */
void no_socket_end(void);
void no_socket_establish(enum lws_callback_reasons reason);
void no_socket_fail(const char *why);
/* Where somebody asked for it. */
void no_socket_let_write(enum lws_callback_reasons reason);

#endif
