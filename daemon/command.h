/*
 * The commands of newsdup, and how they end.
 */
#ifndef ND_DAEMON_COMMAND_H
#define ND_DAEMON_COMMAND_H

enum exit_code {
	EXIT_DONE = 0,
	EXIT_NONE_SEEN = 1, /* check: nothing of it was seen before; get, story, leads: no such article; health: not well */
	EXIT_USAGE = 2,
	EXIT_IO = 3,        /* cannot read or write */
	EXIT_REJECTED = 4,  /* --strict, and something was rejected */
	EXIT_NO_DAEMON = 5,
};

/* A command gets the words from its own name on. */
typedef int command_fn(int argc, char **argv);

command_fn cmd_allow, cmd_bulk, cmd_check, cmd_check_store, cmd_config, cmd_delete, cmd_deny, cmd_explain, cmd_export,
	cmd_fingerprint, cmd_furniture, cmd_get, cmd_health, cmd_import, cmd_leads, cmd_outlets, cmd_put, cmd_reindex,
	cmd_stats, cmd_story, cmd_watch;

#endif
