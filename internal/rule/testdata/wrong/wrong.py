# ok: disagrees
f(1)
# ruleid: disagrees
g(1)
# todoruleid: disagrees
g(2)
