"""`entente-verify`: checks what others hold against them, with no node, no network and nothing but what it is given.

Two questions, for an inquiry years later:

    entente-verify disclosure FILE     what does this file prove, and what not?
    entente-verify home DIR            what does this disk say, who knew what when, and is it whole?

It reads and never writes into what it is given. It sees only `joint` (what acts mean), `feed` and `tlog` (whether they
are truly theirs); the parts that no format settles, what follows in plain words, are here:

- `cards`       which keys a party's root certified
- `disclosure`  a disclosure, checked from the leaf to the pinned root
- `persons`     who signed an act, with which key, enrolled by whom
- `report`      what was proved, what was not, and what does not fit
- `record`      a home's SQLite file, read without a trace
- `home`        every feed of a home, from leaves to signatures, and its state folded anew
- `told`        timeline, who knew what when, and the state at a moment
- `main`        the command line
"""
