------------------------------- MODULE Lapse -------------------------------
(***************************************************************************)
(* Silence in a circle with several deciders.  A proposes to B and C; each *)
(* must answer, or be proven silent, before A may call the operation       *)
(* unopposed.  No two clocks are related: each decider dates the entries   *)
(* of its own feed, and both times that prove its silence are its own.     *)
(* A is the one not to be trusted: it withholds what it received, serves a *)
(* leaf without its act, and cites any part of a feed that suits it.       *)
(*                                                                         *)
(* Rules that are varied, the sound choice first:                          *)
(*   Dated    "self"     the silent side's own leaf shows the time;        *)
(*            "anyone"   A's clock does, once the head is cosigned.        *)
(*   Cosigns  "acts"     a cosignature says that the acts are held too;    *)
(*            "leaves"   it speaks of leaves alone.                        *)
(*   Notice   "counted"  the period runs from the silent side's            *)
(*                       cosignature; "fixed": to a date that A set.       *)
(*   Bars     "any"      any answer, even a void one, bars the lapse;      *)
(*            "valid"    only a valid one does.                            *)
(*   Proof    "each"     each decider's silence is shown from its own feed;*)
(*            "one"      one decider's feed shows it for the circle.       *)
(*   Counts   "version"  cosignature and answer are those of this version; *)
(*            "operation" those of any version do.                         *)
(*   Later    "replaces" an answer that comes later replaces the lapse;    *)
(*            "ignored"  the lapse stays.                                  *)
(*   Pads     "tick"     a feed gets a dated leaf at each tick;            *)
(*            "due"      one, when its time to answer a version has run;   *)
(*            "never"    none.                                             *)
(*                                                                         *)
(* Left out: forks, more than one officer, and a period that changes.      *)
(***************************************************************************)
EXTENDS Naturals, Sequences, FiniteSets
CONSTANTS Dated, Cosigns, Notice, Bars, Proof, Counts, Later, Pads,
          Staff,       \* TRUE: an officer may be removed, so that his answer is void
          Answering,   \* deciders that may answer; the others stay silent
          Versions, T, Period
Deciders == {"B", "C"}
V == 1..Versions
Never == T + 1
Fixed == 2             \* the date A sets when Notice = "fixed"

VARIABLES sent,        \* the latest version proposed, 0 before
          clockA,
          clock,       \* clock[d]: d's own
          feed,        \* feed[d]: entries [k, v, t], dated by d
          view,        \* view[d]: length of d's feed that A holds
          leaf, act,   \* leaf[d], act[d]: versions of which d holds the leaf, the act
          cosigned,    \* cosigned[d][v]: d's time of the cosignature over a head that holds v
          staff,       \* staff[d]: d's officer is still on the staff
          lapse,       \* lapses that A has signed: [d, v]
          flown        \* activations labelled unopposed: [v, over: deciders whose objection A held]
vars == <<sent, clockA, clock, feed, view, leaf, act, cosigned, staff, lapse, flown>>

Init == /\ sent = 0 /\ clockA = 0 /\ clock = [d \in Deciders |-> 0] /\ feed = [d \in Deciders |-> <<>>]
        /\ view = [d \in Deciders |-> 0] /\ leaf = [d \in Deciders |-> {}] /\ act = [d \in Deciders |-> {}]
        /\ cosigned = [d \in Deciders |-> [v \in V |-> Never]] /\ staff = [d \in Deciders |-> TRUE]
        /\ lapse = {} /\ flown = {}

Answers == {"yes", "no", "void"}
Answered(d, v, n) == {i \in 1..n : feed[d][i].k \in Answers /\ feed[d][i].v = v}

TickA == /\ Dated = "anyone" /\ clockA < T /\ clockA' = clockA + 1
         /\ UNCHANGED <<sent, clock, feed, view, leaf, act, cosigned, staff, lapse, flown>>
\* Whether d must date its silence at the time t: it cosigned some version, and nothing of its is dated so late.
Owes(d, t) == \E v \in V : /\ cosigned[d][v] + Period <= t /\ Answered(d, v, Len(feed[d])) = {}
                           /\ \A i \in 1..Len(feed[d]) : feed[d][i].t < cosigned[d][v] + Period
Tick(d) == /\ clock[d] < T /\ clock' = [clock EXCEPT ![d] = @ + 1]
           /\ feed' = IF Pads = "tick" \/ (Pads = "due" /\ Owes(d, clock[d] + 1)) THEN [feed EXCEPT ![d] = Append(@, [k |-> "pad", v |-> 0, t |-> clock[d] + 1])] ELSE feed
           /\ UNCHANGED <<sent, clockA, view, leaf, act, cosigned, staff, lapse, flown>>
Propose == /\ sent < Versions /\ sent' = sent + 1
           /\ UNCHANGED <<clockA, clock, feed, view, leaf, act, cosigned, staff, lapse, flown>>
TakeLeaf(d, v) == /\ v <= sent /\ v \notin leaf[d] /\ (v = 1 \/ v - 1 \in leaf[d])
                  /\ leaf' = [leaf EXCEPT ![d] = @ \cup {v}]
                  \* A leaf without its act only matters where it can be cosigned.
                  /\ act' = IF Cosigns = "acts" THEN [act EXCEPT ![d] = @ \cup {v}] ELSE act
                  /\ UNCHANGED <<sent, clockA, clock, feed, view, cosigned, staff, lapse, flown>>
TakeAct(d, v) == /\ v \in leaf[d] \ act[d] /\ act' = [act EXCEPT ![d] = @ \cup {v}]
                 /\ UNCHANGED <<sent, clockA, clock, feed, view, leaf, cosigned, staff, lapse, flown>>
\* One cosignature covers the whole head; its date counts for what no earlier one covered.
Cosign(d) == /\ \E v \in leaf[d] : cosigned[d][v] = Never
             /\ Cosigns = "acts" => leaf[d] = act[d]
             /\ cosigned' = [cosigned EXCEPT ![d] = [v \in V |-> IF v \in leaf[d] /\ @[v] = Never THEN clock[d] ELSE @[v]]]
             /\ UNCHANGED <<sent, clockA, clock, feed, view, leaf, act, staff, lapse, flown>>
Answer(d, v, k) == /\ d \in Answering /\ v \in act[d] /\ Answered(d, v, Len(feed[d])) = {}
                   /\ feed' = [feed EXCEPT ![d] = Append(@, [k |-> IF staff[d] THEN k ELSE "void", v |-> v, t |-> clock[d]])]
                   /\ UNCHANGED <<sent, clockA, clock, view, leaf, act, cosigned, staff, lapse, flown>>
Remove(d) == /\ Staff /\ staff[d] /\ staff' = [staff EXCEPT ![d] = FALSE]
             /\ UNCHANGED <<sent, clockA, clock, feed, view, leaf, act, cosigned, lapse, flown>>
Pull(d) == /\ view[d] < Len(feed[d]) /\ view' = [view EXCEPT ![d] = @ + 1]
           /\ UNCHANGED <<sent, clockA, clock, feed, leaf, act, cosigned, staff, lapse, flown>>

Witness(d) == IF Proof = "each" THEN {d} ELSE Deciders   \* in whose feed d's silence may be shown
Start(d, v) == IF Counts = "version" THEN cosigned[d][v]
               ELSE LET all == {cosigned[d][w] : w \in 1..v} IN CHOOSE t \in all : \A u \in all : t <= u
Due(d, v) == IF Notice = "counted" THEN Start(d, v) + Period ELSE Fixed

Barring(d, v, n) == {i \in Answered(d, v, n) : Bars = "any" \/ feed[d][i].k # "void"}
Lapse(d, v) ==
  /\ [d |-> d, v |-> v] \notin lapse /\ v = sent
  /\ \E w \in Witness(d) : \E n \in 0..view[w] :
       /\ Start(w, v) <= T /\ (Notice = "fixed" => Start(w, v) <= Fixed)
       /\ Barring(w, v, n) = {}
       /\ IF Dated = "anyone" THEN clockA >= Due(w, v) ELSE n > 0 /\ feed[w][n].t >= Due(w, v)
  /\ lapse' = lapse \cup {[d |-> d, v |-> v]}
  /\ UNCHANGED <<sent, clockA, clock, feed, view, leaf, act, cosigned, staff, flown>>

Says(d, v, k) == \E i \in Answered(d, v, view[d]) : feed[d][i].k = k
Silent(d, v) == [d |-> d, v |-> v] \in lapse /\ (Later = "replaces" => ~Says(d, v, "no"))
Activate == /\ sent > 0 /\ ~\E f \in flown : f.v = sent
            /\ \A d \in Deciders : Says(d, sent, "yes") \/ Silent(d, sent)
            /\ flown' = flown \cup {[v |-> sent, over |-> {d \in Deciders : Says(d, sent, "no")}]}
            /\ UNCHANGED <<sent, clockA, clock, feed, view, leaf, act, cosigned, staff, lapse>>

Next == \/ TickA \/ Propose \/ Activate
        \/ \E d \in Deciders : Tick(d) \/ Cosign(d) \/ Remove(d) \/ Pull(d)
        \/ \E d \in Deciders, v \in V : TakeLeaf(d, v) \/ TakeAct(d, v) \/ Lapse(d, v)
        \/ \E d \in Deciders, v \in V, k \in {"yes", "no"} : Answer(d, v, k)
Spec == Init /\ [][Next]_vars

\* B and C cosign, the link works, and A does what it may.
Live == /\ Spec /\ WF_vars(Propose) /\ WF_vars(Activate)
        /\ \A d \in Deciders : WF_vars(Tick(d)) /\ WF_vars(Cosign(d)) /\ WF_vars(Pull(d))
        /\ \A d \in Deciders : \A v \in V : WF_vars(TakeLeaf(d, v)) /\ WF_vars(TakeAct(d, v)) /\ WF_vars(Lapse(d, v))
---------------------------------------------------------------------------
OwnDue(d, v) == IF Notice = "counted" THEN cosigned[d][v] + Period ELSE Fixed
\* No lapse against a decider whose own feed holds an answer, dated by it before the period was over.
NoTimelyAnswer == \A l \in lapse : \A i \in Answered(l.d, l.v, Len(feed[l.d])) : feed[l.d][i].t >= OwnDue(l.d, l.v)
\* Whoever is called silent held this version itself ...
HadIt == \A l \in lapse : l.v \in act[l.d]
\* ... and had the whole period to answer it, by its own clock.
HadTime == \A l \in lapse : clock[l.d] >= cosigned[l.d][l.v] + Period
\* Nothing flies as unopposed over an objection that its owner held.
NotOverObjection == \A f \in flown : f.over = {}
\* Not a promise: it breaks, which shows that silence can be proven at all.
NeverUnopposed == \A f \in flown : \E d \in Deciders : [d |-> d, v |-> f.v] \notin lapse
\* Who cosigns in good time and stays silent is found silent, whatever the other decider does.
Reached == \A d \in Deciders :
  (<>[](Answered(d, 1, Len(feed[d])) = {})) => <>([d |-> d, v |-> 1] \in lapse \/ (cosigned[d][1] <= T /\ OwnDue(d, 1) > T) \/ sent > 1)
=============================================================================
