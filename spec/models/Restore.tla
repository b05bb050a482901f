------------------------------ MODULE Restore -------------------------------
(***************************************************************************)
(* A decider that loses its newest entries, or forks on purpose.  B decides*)
(* x of A (circle {A,B}) and y of C (circle {B,C}), which conflict; each   *)
(* decision records whether B's node then found the other one.  Once, B    *)
(* goes on from an older state of its own feed.                            *)
(*                                                                         *)
(* Cover    "final"     an activation needs the decision in a head that    *)
(*                      all parties have cosigned;                         *)
(*          "witnessed" in one that a witness has, who holds no entries and*)
(*                     cosigns only what continues what it cosigned last;  *)
(*          "either"   one of the two;                                     *)
(*          "decided"   it needs the decision.                             *)
(* Notices  "never"     B does not see that it went back (or wants to);    *)
(*          "one"       it sees, and signs after asking one peer;          *)
(*          "all"       it signs after asking every peer.                  *)
(* InFlight TRUE        a bundle of B's old branch may still arrive.       *)
(*                                                                         *)
(* A peer follows the branch that it saw first; another one is evidence,   *)
(* and from then on it activates nothing on B's word.                      *)
(* Left out: revocation, change, and what ends an operation (Standing.tla).*)
(***************************************************************************)
EXTENDS Naturals, Sequences, FiniteSets
CONSTANTS Cover, Notices, InFlight, Decisions
Peers == {"A", "C"}
Operations == {"x", "y"}
Owner(o) == IF o = "x" THEN "A" ELSE "C"
Other(o) == IF o = "x" THEN "y" ELSE "x"

VARIABLES mine,       \* B's feed as B's node remembers it: entries [op, knew]
          signed,     \* every head B ever signed
          view,       \* view[p]: the branch of B's feed that p follows
          evidence,   \* peers that hold two heads which cannot both be true
          back,       \* B has gone back once
          asked,      \* peers asked since
          told,       \* operations that B knows to be active, from their owners' feeds
          witnessed,  \* the longest branch of B's feed that the witness has cosigned
          flown       \* activations: [op, branch: B's feed as the owner held it]
vars == <<mine, signed, view, evidence, back, asked, told, witnessed, flown>>

Prefix(s, t) == Len(s) <= Len(t) /\ SubSeq(t, 1, Len(s)) = s
At(s, o) == {i \in 1..Len(s) : s[i].op = o}
First(s, o) == CHOOSE i \in At(s, o) : \A j \in At(s, o) : i <= j

Init == /\ mine = <<>> /\ signed = {<<>>} /\ view = [p \in Peers |-> <<>>] /\ evidence = {}
        /\ back = FALSE /\ asked = {} /\ told = {} /\ witnessed = <<>> /\ flown = {}

MaySign == CASE ~back -> TRUE
             [] Notices = "never" -> TRUE
             [] Notices = "one" -> asked # {}
             [] Notices = "all" -> asked = Peers
Decide(o) == /\ MaySign /\ Len(mine) < Decisions /\ At(mine, o) = {}
             /\ LET now == Append(mine, [op |-> o, knew |-> At(mine, Other(o)) # {} \/ Other(o) \in told])
                IN mine' = now /\ signed' = signed \cup {now}
             /\ UNCHANGED <<view, evidence, back, asked, told, witnessed, flown>>
GoBack == /\ ~back /\ back' = TRUE /\ told' = {}
          /\ \E n \in 0..(Len(mine) - 1) : mine' = SubSeq(mine, 1, n)
          /\ UNCHANGED <<signed, view, evidence, asked, witnessed, flown>>
Ask(p) == /\ back /\ p \notin asked /\ asked' = asked \cup {p}
          /\ mine' = IF Prefix(mine, view[p]) THEN view[p] ELSE mine
          /\ told' = told \cup {f.op : f \in {g \in flown : Owner(g.op) = p}}
          /\ UNCHANGED <<signed, view, evidence, back, witnessed, flown>>

Show(p, branch) == IF Prefix(view[p], branch) THEN view' = [view EXCEPT ![p] = branch] /\ evidence' = evidence
                   ELSE view' = view /\ evidence' = IF Prefix(branch, view[p]) THEN evidence ELSE evidence \cup {p}
Deliver(p) == /\ \E branch \in (IF InFlight THEN signed ELSE {mine}) : Show(p, branch)
              /\ UNCHANGED <<mine, signed, back, asked, told, witnessed, flown>>
Gossip(p, q) == /\ Show(p, view[q])
                /\ UNCHANGED <<mine, signed, back, asked, told, witnessed, flown>>

\* The witness is shown any branch that B signed, by whomever; it looks at nothing but its own last one.
Witness == /\ Cover \in {"witnessed", "either"}
           /\ \E branch \in signed : Prefix(witnessed, branch) /\ branch # witnessed /\ witnessed' = branch
           /\ UNCHANGED <<mine, signed, view, evidence, back, asked, told, flown>>

Holding(p, o) == SubSeq(view[p], 1, First(view[p], o))
ByAll(p, o) == \A q \in Peers : Prefix(Holding(p, o), view[q])
ByWitness(p, o) == Prefix(Holding(p, o), witnessed)
Covered(p, o) == /\ At(view[p], o) # {}
                 /\ CASE Cover = "decided" -> TRUE
                      [] Cover = "final" -> ByAll(p, o)
                      [] Cover = "witnessed" -> ByWitness(p, o)
                      [] Cover = "either" -> ByAll(p, o) \/ ByWitness(p, o)
Activate(o) == LET p == Owner(o) IN
  /\ p \notin evidence /\ Covered(p, o) /\ ~\E f \in flown : f.op = o
  /\ flown' = flown \cup {[op |-> o, branch |-> view[p]]}
  /\ UNCHANGED <<mine, signed, view, evidence, back, asked, told, witnessed>>

Next == \/ GoBack \/ Witness \/ \E o \in Operations : Decide(o) \/ Activate(o)
        \/ \E p \in Peers : Ask(p) \/ Deliver(p) \/ \E q \in Peers \ {p} : Gossip(p, q)
Spec == Init /\ [][Next]_vars
---------------------------------------------------------------------------
\* Not a promise: it breaks, which shows that two operations can become final.
NeverTogether == \A f, g \in flown : f.op = g.op
\* Both fly only if one of the two decisions that cover them was made knowing of the other.
AsFlown == \A f, g \in flown : f.op # g.op =>
  f.branch[First(f.branch, f.op)].knew \/ g.branch[First(g.branch, g.op)].knew
=============================================================================
