/*
 * The operations that change what is stored.
 */
#ifndef ND_DAEMON_CHANGE_H
#define ND_DAEMON_CHANGE_H

struct call;

void change_put(struct call *c);
void change_delete(struct call *c);
void change_deny(struct call *c);
void change_allow(struct call *c);

#endif
