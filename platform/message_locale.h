/* The locale that the program's messages are in (POSIX: LC_MESSAGES). */
#ifndef CALLAPI_PLATFORM_MESSAGE_LOCALE_H
#define CALLAPI_PLATFORM_MESSAGE_LOCALE_H

/* One in which gettext translates, where the system has any: the environment's own, else that of `language` ("zh_CN",
 * "de:en"), else any other. */
void message_locale_choose(const char *language);

#endif
