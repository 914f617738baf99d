/* The program's commands: argv[0] is the command's name; each returns the exit status (0 done, 1 it failed, 2 wrong
 * usage), or that it is to be started again. */
#ifndef CALLAPI_APP_COMMANDS_COMMANDS_H
#define CALLAPI_APP_COMMANDS_COMMANDS_H

enum { COMMAND_RESTART = 75 }; /* EX_TEMPFAIL: the exit status where that fails */

int command_load(int argc, char **argv);
int command_manage(int argc, char **argv);
int command_history(int argc, char **argv);
int command_hub(int argc, char **argv);
int command_host(int argc, char **argv);
int command_watch(int argc, char **argv);
int command_call(int argc, char **argv);
int command_kiosk(int argc, char **argv);
int command_demo(int argc, char **argv);
int command_token(int argc, char **argv);
int command_doctor(int argc, char **argv);

/* For the doctor: what pictures of this size (0: of the usual) would be sent, and what they would take, in words
 * (g_free). NULL: it cannot be found out here. */
char *describe_capacity(int width, int height);

struct hub;
struct hub_limits;
struct options;
struct reactor;

/* The hub that the options describe: of 'callapi hub', or inside another command (--hub embedded). `limits`: NULL
 * for the usual ones. NULL with a line on stderr where it cannot be. */
struct hub *open_hub(const char *command, struct reactor *reactor, const struct options *options,
                     const struct hub_limits *limits);

/* For --version. */
void print_version(void);

#endif
