/* Says aloud what is on the screen, for who cannot see it: by espeak-ng, where that is installed. */
#ifndef CALLAPI_PLATFORM_DEVICES_SPEECH_H
#define CALLAPI_PLATFORM_DEVICES_SPEECH_H

struct speech;

/* `language` as in LANGUAGE ("zh_CN"); NULL: English. NULL, said on the log with what to do, where there is no
 * espeak-ng. */
struct speech *speech_create(const char *language);
void speech_destroy(struct speech *speech); /* takes NULL; in the middle of a word if need be */
/* In place of what is being said. Never blocks. */
void speech_say(struct speech *speech, const char *text);

#endif
