#!/usr/bin/env python3
"""A Scrapy item pipeline that asks newsdupd of every article: duplicates are dropped, or tagged.

    ITEM_PIPELINES = {"newsdup_scrapy.NewsdupPipeline": 800}    # behind what cleans the text

Settings, all optional:

    NEWSDUP_SOCKET   path; default: NEWSDUP_SOCKET of the environment, else /run/newsdup/newsdupd.sock
    NEWSDUP_MODE     "drop" (default): duplicates raise DropItem; "tag": items get the answer in NEWSDUP_TAG
    NEWSDUP_DROP     verdicts that are dropped; default: identical, copy, excerpt, revision
    NEWSDUP_FIELDS   {field of the article: field of the item}; default: the same names, for id, url, outlet,
                     published, title, text, paragraphs, lang. None for one leaves it out.
    NEWSDUP_TAG      field of the item for the answer; default: "newsdup"
    NEWSDUP_FAIL     "open" (default): without a daemon items pass unjudged; "closed": they are dropped
    NEWSDUP_TIMEOUT  seconds to wait for an answer; default 30
    NEWSDUP_RETRY    seconds of patience with a lost connection or a busy daemon; default 10

The reactor never waits: requests run, one after another, on one thread of the pipeline's own, and
process_item returns a Deferred (deferToThreadPool). Scrapy's shared thread pool is left alone, as it also
resolves host names. This works with every reactor, that of asyncio too.

A setting that makes no sense ends the crawl before it begins. An item without text passes unjudged, so does
one that the daemon refuses as an article (it is logged).
Counted in Scrapy's stats: newsdup/verdict/*, newsdup/dropped, newsdup/refused, newsdup/failed.
"""
import datetime
import logging
from typing import Any, Dict, Optional

from itemadapter import ItemAdapter
from scrapy.exceptions import DropItem
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

from newsdup_client import Client, NewsdupError, is_own

logger = logging.getLogger(__name__)

FIELDS = ("id", "url", "outlet", "published", "title", "text", "paragraphs", "lang")
DROP = ("identical", "copy", "excerpt", "revision")
VERDICTS = ("new", "identical", "copy", "excerpt", "digest", "revision", "same_lead", "partial", "template", "too_short")
REFUSED = ("bad_json", "bad_utf8", "bad_request", "too_large", "too_deep", "missing_text", "bad_charset")


def _plain(field: str, value: Any) -> Any:
    """A value of an item as the daemon takes it. Item loaders make lists of strings of everything."""
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    if isinstance(value, (list, tuple)) and field != "paragraphs":
        return "\n".join(map(str, value)) if field == "text" else (value[0] if value else None)
    return value


def _choice(settings: Any, name: str, choices: tuple) -> str:
    value = settings.get(name, choices[0])
    if value not in choices:
        raise ValueError(f"{name} is {' or '.join(choices)}, not {value!r}")
    return value


class NewsdupPipeline:
    """Puts each item's article; drops or tags it by the verdict."""

    def __init__(self, settings: Any, stats: Any) -> None:
        self.stats = stats
        self.mode = _choice(settings, "NEWSDUP_MODE", ("drop", "tag"))
        self.fail = _choice(settings, "NEWSDUP_FAIL", ("open", "closed"))
        self.drop = frozenset(settings.getlist("NEWSDUP_DROP", DROP))
        if not self.drop <= set(VERDICTS):
            raise ValueError(f"NEWSDUP_DROP: no verdict is called {', '.join(sorted(self.drop - set(VERDICTS)))}")
        self.tag = settings.get("NEWSDUP_TAG", "newsdup")
        self.fields = {name: name for name in FIELDS}
        self.fields.update(settings.getdict("NEWSDUP_FIELDS"))
        self.client = Client(settings.get("NEWSDUP_SOCKET"), timeout=settings.getfloat("NEWSDUP_TIMEOUT", 30),
                             retry=settings.getfloat("NEWSDUP_RETRY", 10))
        self.pool: Optional[ThreadPool] = None
        self.said: set = set()

    @classmethod
    def from_crawler(cls, crawler: Any) -> "NewsdupPipeline":
        return cls(crawler.settings, crawler.stats)

    def open_spider(self, spider: Any) -> None:
        self.pool = ThreadPool(minthreads=1, maxthreads=1, name="newsdup")
        self.pool.start()

    def close_spider(self, spider: Any) -> None:
        if self.pool:
            self.pool.stop()
        self.client.close()

    def process_item(self, item: Any, spider: Any) -> Any:
        from twisted.internet import reactor  # only now is it known which one

        article = self.article_of(item)
        if not (article.get("text") or article.get("paragraphs")):
            return item
        answer = deferToThreadPool(reactor, self.pool, self.client.put, article)
        answer.addCallbacks(self.judged, self.failed, callbackArgs=(item,), errbackArgs=(item,))
        return answer

    def article_of(self, item: Any) -> Dict[str, Any]:
        """The fields of the item that make an article."""
        adapter, article = ItemAdapter(item), {}
        for field, name in self.fields.items():
            value = _plain(field, adapter.get(name)) if name else None
            if value is not None:
                article[field] = value
        return article

    def judged(self, reply: Dict[str, Any], item: Any) -> Any:
        verdict = reply["verdict"]
        self.stats.inc_value(f"newsdup/verdict/{verdict}")
        if self.mode == "tag":
            return self.tagged(reply, item)
        # A put that was sent again after a lost connection finds its own first try: that is no duplicate.
        if not self.is_duplicate(reply) or (reply.get("resent") and is_own(reply)):
            return item
        self.stats.inc_value("newsdup/dropped")
        if reply.get("unchanged"):
            raise DropItem(f"newsdup: {reply['key']}: unchanged, story {reply['story']}")
        matches = reply.get("matches") or [{}]
        raise DropItem(f"newsdup: {reply['key']}: {verdict} of {matches[0].get('id')}, story {reply['story']}")

    def is_duplicate(self, reply: Dict[str, Any]) -> bool:
        """Of a verdict that is dropped; an article that was there and says the same counts as a revision."""
        return ("revision" if reply.get("unchanged") else reply["verdict"]) in self.drop

    def tagged(self, reply: Dict[str, Any], item: Any) -> Any:
        answer = {name: value for name, value in reply.items() if name not in ("ok", "id")}
        answer["duplicate"] = self.is_duplicate(reply)
        try:
            ItemAdapter(item)[self.tag] = answer
        except KeyError:
            self.say_once(f"{type(item).__name__} has no field {self.tag!r}: it is not tagged")
        return item

    def failed(self, failure: Any, item: Any) -> Any:
        failure.trap(NewsdupError)
        error = failure.value
        if error.code in REFUSED:
            self.stats.inc_value("newsdup/refused")
            logger.warning("newsdup: refused, and passed on: %s", error)
            return item
        self.stats.inc_value("newsdup/failed")
        self.say_once(f"{error}; items are {'passed on unjudged' if self.fail == 'open' else 'dropped'}")
        if self.fail == "open":
            return item
        raise DropItem(f"newsdup: {error}")

    def say_once(self, what: str) -> None:
        """A daemon that is gone is worth a line, not one an item."""
        if what not in self.said:
            self.said.add(what)
            logger.error("newsdup: %s", what)
