/* Who else is online, in the order of what they are called. Private to app/agent. */
#ifndef CALLAPI_APP_AGENT_DIRECTORY_H
#define CALLAPI_APP_AGENT_DIRECTORY_H

#include <glib.h>
#include <stdbool.h>

struct directory;

struct directory *directory_create(const char *self); /* the user who is not in it; empty */
void directory_destroy(struct directory *directory);  /* takes NULL */
/* `user` has come, gone, or has another name (NULL: none). False: that was known. */
bool directory_note(struct directory *directory, const char *user, const char *name, bool online);
void directory_forget(struct directory *directory); /* everybody */
/* struct agent_person; borrowed until someone comes or goes. */
const GPtrArray *directory_people(const struct directory *directory);
/* What `user` is called; NULL: not known. */
const char *directory_name(const struct directory *directory, const char *user);

#endif
