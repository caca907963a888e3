import os
import shlex


def direct():
    x = request.args
    # ruleid: to-shell
    os.system(f"ls {x['dir']}")
    x = "constant"
    # ok: to-shell
    os.system(x)


def handler(req, other):
    # ruleid: to-shell
    os.system(req.get("a"))
    # ok: to-shell
    os.system(other)


def quoted():
    x = shlex.quote(request.args)
    # ok: to-shell
    os.system(x)


def checked():
    x = request.args
    check(x)
    # ok: to-shell
    os.system(x)


def collected():
    parts = []
    parts.append(request.args["x"])
    # ruleid: to-shell
    os.system(" ".join(parts))


def branches(flag):
    x = request.args
    if flag:
        x = "a"
    # ruleid: to-shell
    os.system(x)
    if not flag:
        return
    else:
        x = "b"
    # ok: to-shell
    os.system(x)


def loop():
    last = ""
    for item in request.args:
        # ruleid: to-shell
        os.system(last)
        last = item


def members(o):
    o.a = request.args
    # ruleid: to-shell
    os.system(o.a.b)
    # ok: to-shell
    os.system(o.c)


def members_of_source(req, other):
    x = request.args
    x.a = "constant"
    # ok: to-shell
    os.system(x.a)
    # ruleid: to-shell
    os.system(x.b)


def closures():
    x = request.args
    # ruleid: to-shell
    later(lambda: os.system(x))


def other(x):
    # ok: to-shell
    os.system(x)


def labels():
    # ruleid: labelled
    sink(a())
    # ok: labelled
    sink(b())
    both = a() + b()
    # ok: labelled
    sink(both)


def exactly():
    # ruleid: exact
    only(source())
    # ok: exact
    only([x for x in ()] or safe)
