import sys, warnings
import faqv2
from faqv2 import Client


def say(*facts):
    print(*(str(fact).lower() if isinstance(fact, bool) else fact for fact in facts))


warnings.simplefilter("always")
session = __import__("requests").Session() if "session" in sys.argv else None
faq = Client(session=session)
made = faq.create(question="How do I reset it?", source=123, tags=["reset"])
say("created", made.http_status, bool(made.etag), made.created_at.utcoffset())
entry = faq.get(str(made.id))
say("got", entry.title, entry.status)
for i in range(4):
    faq.create(question="Question number %d" % i, source=200 + i, idempotency_key="key-1" if i == 0 else None)
again = faq.create(question="Question number 0", source=200, idempotency_key="key-1")
say("repeated", again.http_status)
pages, seen, after = 0, 0, None
while True:
    page = faq.list(limit=2, after=after)
    pages, seen, after = pages + 1, seen + len(page.items), page.next
    if not after:
        break
say("listed", seen, "in", pages)
try:
    faq.update(entry.slug, title="How to reset it?", answer="Press.", if_match='"stale"')
except faqv2.StaleError as e:
    say("stale", e.code, e.status, bool(e.request_id))
edited = faq.update(entry.slug, title="How to reset it?", answer="Press.", if_match=entry.etag)
say("updated", edited.revision, edited.etag != entry.etag)
try:
    faq.create(question="x", source=0)
except faqv2.InvalidError as e:
    say("invalid", " ".join(sorted(f.pointer for f in e.fields)))
try:
    faq.get("nowhere")
except faqv2.NotFoundError as e:
    say("missing", e.title)
killed = faq.create(question="What if it is killed?", source=777)
say("killed", killed.http_status, len(faq.list(source=777).items))
try:
    Client(retry=False, session=session).create(question="What if it is killed once?", source=778)
except faqv2.UnavailableError as e:
    say("unavailable", e.status, "secret" in str(e))
say("waited", faq.create(question="Who waits?", source=779).http_status)
try:
    faq.create(question="Come back later?", source=780)
except faqv2.UnavailableError as e:
    say("later", e.status if e.retry_after == 3600 else e.retry_after)
try:
    faq.get("slow", timeout=0.3)
except faqv2.CallTimeoutError as e:
    say("timeout", e.code)
try:
    faq.get("..")
except faqv2.InvalidError as e:
    say("refused", e.fields[0].pointer)
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    faq.search(q="reset"), faq.search(q="reset")
say("deprecated", len(told), told[0].category.__name__ == "DeprecationWarning", "2026-11-01" in str(told[0].message))
say("secret", "secret" in repr(faq))
