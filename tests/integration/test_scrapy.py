#!/usr/bin/env python3
"""scripts/newsdup_scrapy.py: a real crawl of a small site on loopback, with the real daemon."""
import functools
import http.server
import json
import os
import subprocess
import sys
import tempfile
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
from restarting import PATIENCE, Daemon, check, run  # noqa: E402

SCRIPTS = os.path.join(HERE, "..", "..", "scripts")
# Debian's python3-scrapy belongs to Debian's Python, which need not be the first one of the path.
PYTHONS = (sys.executable, "/usr/bin/python3")

SPIDER = '''
import json, sys
import scrapy
from scrapy.crawler import CrawlerProcess

class Article(scrapy.Item):
    url, headline, body, paper, newsdup = (scrapy.Field() for _ in range(5))

class Bare(scrapy.Item):
    url, headline, body, paper = (scrapy.Field() for _ in range(4))

class Spider(scrapy.Spider):
    name = "small"
    def start_requests(self):
        yield scrapy.Request(options["site"] + "/index.html")
    def parse(self, response):
        for n, link in enumerate(response.css("a::attr(href)").getall()):
            yield response.follow(link, self.article, priority=-n)
    def article(self, response):
        fields = {"url": response.url, "headline": response.css("h1::text").get(),
                  "body": response.css("p::text").getall(), "paper": response.css("b::text").get()}
        kinds = {"dict": dict, "item": Article, "bare": Bare}
        yield kinds[options["kind"]](**fields)

options = json.loads(sys.argv[1])
process = CrawlerProcess({"ITEM_PIPELINES": {"newsdup_scrapy.NewsdupPipeline": 800}, "LOG_LEVEL": "INFO",
                          "CONCURRENT_REQUESTS": 1, "TELNETCONSOLE_ENABLED": False,
                          "NEWSDUP_FIELDS": {"text": "body", "title": "headline", "outlet": "paper", "id": None},
                          "FEEDS": {options["out"]: {"format": "jsonlines"}}, **options["settings"]})
crawler = process.create_crawler(Spider)
process.crawl(crawler)
process.start()
if crawler.stats:
    print(json.dumps({k: v for k, v in crawler.stats.get_stats().items() if isinstance(v, (int, str))}))
'''


@functools.lru_cache(None)
def scrapy_python():
    for python in PYTHONS:
        if os.path.exists(python) and not subprocess.run([python, "-c", "import scrapy"], capture_output=True).returncode:
            return python
    return None


def words(n, count=80):
    return " ".join(f"w{n}x{i}" for i in range(count))


# name: paper, text. The third is the first with an edit, the fourth stands inside of the second, the last has none.
PAGES = {
    "1.html": ("One", words(1) + ". " + words(2)),
    "2.html": ("Two", words(3, 300)),
    "3.html": ("Three", words(1) + ". Much has changed. " + words(2)),
    "4.html": ("Four", words(3, 90)),
    "5.html": ("Five", words(5)),
    "6.html": ("Six", ""),
}


def write_site(folder):
    for name, (paper, text) in PAGES.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
            f.write(f"<html><b>{paper}</b><h1>Page {name}</h1><p>{text}</p></html>")
    with open(os.path.join(folder, "index.html"), "w", encoding="utf-8") as f:
        f.write("".join(f'<a href="{name}">x</a>' for name in sorted(PAGES)))


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Site:
    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        write_site(self.folder.name)
        handler = functools.partial(Quiet, directory=self.folder.name)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.folder.cleanup()


def crawl(site, kind="dict", good=True, **settings):
    """The items that came through by page, the stats, the log."""
    with tempfile.TemporaryDirectory() as folder:
        out, spider = os.path.join(folder, "out.jsonl"), os.path.join(folder, "spider.py")
        with open(spider, "w", encoding="utf-8") as f:
            f.write(SPIDER)
        options = {"site": site, "out": out, "kind": kind, "settings": settings}
        p = subprocess.run([scrapy_python(), spider, json.dumps(options)], capture_output=True, timeout=PATIENCE,
                           env={**os.environ, "PYTHONPATH": SCRIPTS}, cwd=folder)
        items = []
        if os.path.exists(out):
            with open(out, encoding="utf-8") as f:
                items = [json.loads(line) for line in f]
        log = p.stderr.decode()
        check(f"a crawl, {kind}, {sorted(settings)[0]}", (p.returncode == 0 and "Traceback" not in log) == good, log[-3000:])
        stats = json.loads(p.stdout.splitlines()[-1]) if p.stdout.strip() else {}
        return {i["url"].rsplit("/", 1)[1][0]: i for i in items}, stats, log


def test_drop():
    with Daemon() as d, Site() as site:
        items, stats, log = crawl(site, NEWSDUP_SOCKET=d.socket)
        check("a copy and an excerpt are dropped, one without text passes", sorted(items) == ["1", "2", "5", "6"], log)
        check("counted", stats.get("newsdup/dropped") == 2 and stats.get("newsdup/verdict/new") == 3
              and stats.get("newsdup/verdict/copy") == 1 and stats.get("item_dropped_count") == 2, stats)
        check("with a reason in the log", "copy of http" in log and "story http" in log, log)
        check("nothing is added to an item", "newsdup" not in items["1"])
        items, stats, _ = crawl(site, NEWSDUP_SOCKET=d.socket)
        check("a second crawl finds nothing new", sorted(items) == ["6"], stats)
        items, stats, _ = crawl(site, NEWSDUP_SOCKET=d.socket, NEWSDUP_DROP=["copy", "excerpt"])
        check("which verdicts are dropped is a setting", sorted(items) == ["1", "2", "3", "4", "5", "6"], stats)


def test_tag():
    for kind in ("dict", "item"):
        with Daemon() as d, Site() as site:
            items, stats, log = crawl(site, kind, NEWSDUP_SOCKET=d.socket, NEWSDUP_MODE="tag")
            tags = {k: i.get("newsdup") or {} for k, i in items.items()}
            check(f"every {kind} passes", sorted(items) == ["1", "2", "3", "4", "5", "6"], log)
            check("with its verdict", [tags[k].get("verdict") for k in "123456"] == [
                "new", "new", "copy", "excerpt", "new", None], tags)
            check("its story and whether it is a duplicate", tags["3"]["story"] == items["1"]["url"]
                  and tags["3"]["duplicate"] and not tags["1"]["duplicate"], tags)
    with Daemon() as d, Site() as site:
        items, _, log = crawl(site, "bare", NEWSDUP_SOCKET=d.socket, NEWSDUP_MODE="tag")
        check("an item without the field passes, and the log says so once", len(items) == 6
              and log.count("has no field 'newsdup'") == 1, log)


def test_no_daemon():
    with Site() as site:
        items, stats, log = crawl(site, NEWSDUP_SOCKET="/nonexistent/s")
        check("open: without a daemon all pass", len(items) == 6 and stats.get("newsdup/failed") == 5, stats)
        check("and the log says so once", log.count("passed on unjudged") == 1, log)
        items, stats, log = crawl(site, NEWSDUP_SOCKET="/nonexistent/s", NEWSDUP_FAIL="closed")
        check("closed: without a daemon all with a text are dropped", sorted(items) == ["6"], stats)
        items, _, log = crawl(site, good=False, NEWSDUP_FAIL="perhaps", NEWSDUP_SOCKET="/nonexistent/s")
        check("a setting of no sense ends the crawl", not items and "NEWSDUP_FAIL is open or closed" in log, log)
        items, _, log = crawl(site, good=False, NEWSDUP_DROP=["copies"], NEWSDUP_SOCKET="/nonexistent/s")
        check("so does a verdict of no name", not items and "no verdict is called copies" in log, log)


def test_asyncio():
    with Daemon() as d, Site() as site:
        items, _, log = crawl(site, NEWSDUP_SOCKET=d.socket,
                              TWISTED_REACTOR="twisted.internet.asyncioreactor.AsyncioSelectorReactor")
        check("with asyncio's reactor", sorted(items) == ["1", "2", "5", "6"], log)


if not scrapy_python():
    print("skipped: scrapy is not installed (Debian: python3-scrapy)")
    sys.exit(77)
run(globals())
