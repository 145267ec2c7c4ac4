import datetime
import sys
import oddv1
from oddv1 import Client, Moved, Pay


def show(value):
    return str(value).lower() if isinstance(value, bool) else "null" if value is None else '""' if value == "" else value


def send(start="a/b ü?%2F#", **more):
    given = dict(
        class_="1-2", import_=2**53 + 1, least=-(2**63), most=2**64 - 1, float_=0.1, bytes_=b"\x00\xff>?", list=["a", None, ""],
        datetime_=datetime.datetime(2026, 11, 24, 10, 20, 30, 123456, datetime.timezone(datetime.timedelta(hours=2))),
        dict={"": 1, "b": None, "__proto__": 3}, deep={"x": [Moved("d"), None], "y": []}, pass_=Pay(raise_=""),
        ways=[Pay(card=Moved("d")), Pay(cash=False), Pay(raise_="x")], ein_name="ein", ein_name_="zwei")
    given.update(more)
    return odd.import_(start, **given)


odd = Client(session=__import__("requests").Session() if "session" in sys.argv else None)
got = send(if_match="tag", if_match_='"v1"', self_=False, str_="", time=datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc),
           typing=Moved("d", inner=[Moved("e"), Moved("f", inner=[])]))
print("answered", got.http_status_, got.etag_, got.etag, got.http_status)
print("path", got.from_)
print("words", got.class_, got.ein_name, got.ein_name_)
print("numbers", got.import_, got.least, got.most, got.float_, got.x_left)
print("bytes", got.bytes_.hex())
print("times", got.datetime_.isoformat().replace("+00:00", "Z"), got.time.isoformat().replace("+00:00", "Z"))
print("given", show(got.self_), show(got.str_))
print("list", *map(show, got.list))
print("map", *(show(got.dict[k]) for k in ("", "b", "__proto__")))
print("deep", got.deep["x"][0].def_, show(got.deep["x"][1]), len(got.deep["y"]))
print("one", show(got.pass_.raise_), show(got.pass_.card), show(got.pass_.cash))
print("ways", got.ways[0].card.def_, show(got.ways[1].cash), got.ways[2].raise_)
print("tree", got.typing.def_, *(line.def_ for line in got.typing.inner))
got = send(bytes_=b"", list=[], dict={}, deep={}, ways=[])
print("empty", len(got.bytes_), len(got.list), len(got.dict), len(got.deep), len(got.ways))
print("absent", show(got.self_), show(got.str_), show(got.time), show(got.typing), show(got.etag))
print("beyond", send("beyond", import_=1).import_)
asked = odd.constructor(q=["a&b=", "", "ü"], at=datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc), yes=False, most=0, class_="None")
print("asked", *map(show, asked.q), asked.at.isoformat().replace("+00:00", "Z"), show(asked.yes), asked.most, asked.class_)
asked = odd.constructor()
print("asked", len(asked.q), show(asked.most), show(asked.class_))
print("none", show(odd.none()))
try:
    odd.once()
except oddv1.UnavailableError as error:
    print("once", error.code, error.status)
try:
    send("full")
except oddv1.ClientError as error:
    print("failed", error.code, error.status, error)
