/* What a manager asked for, and the commands decide. */
#include "app/client_parts.h"

void client_answer_check(struct client *client, const char *error)
{
    if (client->manage)
        manage_answer_check(client->manage, client->agent, error);
}
