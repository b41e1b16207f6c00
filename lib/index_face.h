/*
 * The public index: that of index/index.h, and what it hands out.
 */
#ifndef ND_INDEX_FACE_H
#define ND_INDEX_FACE_H

#include "index/index.h"
#include "text/outlet.h"

#define REPORTS_KEPT 64u

struct nd_index {
	struct index *core;
	char host[OUTLET_MAX]; /* that nd_index_furniture has told */
	struct nd_match matches[REPORTS_KEPT][ND_MATCHES_MAX]; /* of reports where some are left out, in turn */
	unsigned next;         /* of these */
	struct buf texts[2];   /* that nd_index_text has told, in turn */
	unsigned next_text;    /* of these */
};

#endif
