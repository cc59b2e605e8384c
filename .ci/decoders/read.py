"""Reads what `go run ./.ci/decoders` prints with fastavro, and compares it with the plain JSON, and data with the body."""
import base64, datetime, io, json, re, sys

import fastavro

kept = odd = lines = 0
schemas, resources = {}, set()


def same(at, value, want):
    """Compares a column with the member that it is of."""
    global kept, odd
    if value is None or want is None:
        odd += value is None and want not in (None, "")
        return
    if isinstance(value, dict):
        assert isinstance(want, dict), at
        for name, column in value.items():
            same(f"{at}.{name}", column, want.get(name))
    elif isinstance(value, list):
        assert len(value) == len(want), at
        for column, element in zip(value, want):
            same(at + "[]", column, element)
    else:
        if isinstance(value, datetime.datetime):
            text = re.sub(r"(\.\d{1,6})\d*", lambda m: m[1].ljust(7, "0"), want.replace("Z", "+00:00"))
            ok = value == datetime.datetime.fromisoformat(text)  # up to the sixth digit
        else:
            ok = type(value) is type(want) and value == want or isinstance(value, float) and value == float(want) \
                or isinstance(value, str) and not isinstance(want, str) and json.loads(value) == want \
                or isinstance(value, str) and isinstance(want, str) and value == json.dumps(want, ensure_ascii=False)
        assert ok, f"{at}: {value!r} is not {want!r}"
        kept += 1


for text in sys.stdin:
    line = json.loads(text)
    lines += 1
    source = json.dumps(line["schema"])
    if source not in schemas:
        schemas[source] = fastavro.parse_schema(line["schema"])
    payload = io.BytesIO(base64.b64decode(line["payload"]))
    got = fastavro.schemaless_reader(payload, schemas[source])
    assert payload.read() == b"", f"{line['topic']}: bytes follow"
    want = line["want"]
    for row, plain in ((got, want), (got.get("before"), want.get("before")), (got.get("after"), want.get("after"))):
        if isinstance(row, dict) and "data" in row:
            same(line["topic"], row.pop("data"), json.loads(plain["body"]))
            resources.add(line["topic"].split(".")[1])
    assert got == want, f"{line['topic']}: {got} is not {want}"

print(f"fastavro {fastavro.__version__}: {lines} keys and values of {len(resources)} resources, {kept} values of columns "
      f"are the body's, {odd} are null since they are of another type")
assert len(resources) > 150 and kept > 10000 and odd < 100
