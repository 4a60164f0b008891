"""New: from a branch's name to a stack that answers, whatever was exported and whenever it was killed."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("new")]

def test_it(toy):
    import time
    t=time.time()
    tree = toy.new("auth")
    print(tree, time.time()-t)
    t=time.time()
    d = toy.wt("new", "auth", "--json")
    print(d.err, time.time()-t)
    print(toy.ours())
    print((toy.root/"auth"/".env").read_text(), (toy.root/"auth"/"compose.override.yaml").read_text())
    for t in ("stop","start","remove"):
        a=time.time()
        d=toy.wt(t,"auth")
        print(d.out,d.err, time.time()-a)
    print(toy.ours())
