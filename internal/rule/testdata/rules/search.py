import pickle as p
import yaml
from keys import generate


def outer(cmd):
    # ruleid: conjunction
    run(cmd)
    # ok: conjunction
    run("ls")
    with quiet():
        # ok: conjunction
        run(cmd)


# ok: conjunction
run(cmd)

# ruleid: either
yaml.load(x, Loader=yaml.Loader)
# ok: either
yaml.load(x, Loader=yaml.SafeLoader)
# ruleid: either
p.loads(x)

# ruleid: name
a.unsafe_call(1)
# ok: name
a.unsafe_ok(1)
# ok: name
a.call_unsafe_(1)

size = 1024
# ruleid: short-key
generate(bits=size)
# ruleid: short-key
generate(1, bits=0x200)
# ok: short-key
generate(bits=2)
# ok: short-key
generate(bits=4096)

# ruleid: insecure-url
fetch("http://example.org")
base = "http://"
# ruleid: insecure-url
fetch(base + "example.org")
# ok: insecure-url
fetch("http://localhost/x")
# ok: insecure-url
fetch("https://example.org")

# ruleid: marker
MARK_ONE = 1
# ok: marker
MARK_FINE = 1
# ok: marker
_ONE = 1
