/* What is wrong with a stream, for whoever watches it and for the log. */
#ifndef CALLAPI_ENGINE_STREAM_TROUBLE_H
#define CALLAPI_ENGINE_STREAM_TROUBLE_H

enum stream_fault {
    STREAM_WELL,
    STREAM_UNREACHABLE, /* nobody answers there */
    STREAM_NOT_FOUND,   /* the server knows no such stream */
    STREAM_REFUSED,     /* user or password is wrong, or missing */
    STREAM_UNTRUSTED,   /* the server's certificate is not to be trusted */
    STREAM_ENDED,       /* its sender stopped */
    STREAM_SILENT,      /* the connection stands, and nothing comes */
    STREAM_UNREADABLE,  /* what comes is no stream */
};

struct stream_trouble {
    enum stream_fault fault;
    char why[128]; /* more about it, for the log; "" for nothing */
};

/* From what libavformat returned. */
struct stream_trouble stream_trouble_of(int error);
/* In a technician's words. */
const char *stream_fault_text(enum stream_fault fault);

#endif
