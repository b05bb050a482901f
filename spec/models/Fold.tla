-------------------------------- MODULE Fold --------------------------------
(***************************************************************************)
(* Cuts, closure, verdicts, omission and forks: do two honest nodes that   *)
(* fold one circle at one cut see the same, does a verdict ever change,    *)
(* and can a faulty party freeze an honest one's feed in another's eyes?   *)
(*                                                                         *)
(* Circles: all = {A,B,C}, ab = {A,B}, bc = {B,C}.  C is honest or not.    *)
(* A faulty C tells an act to part of a circle, cites heads that it never  *)
(* served, or keeps two branches (C and C2, parted before the first leaf). *)
(* A verdict is some function of the act and its causal past, so the model *)
(* takes the past itself for the verdict: no coarser one can differ more.  *)
(*                                                                         *)
(* Rules that are varied, the sound choice first:                          *)
(*   Tags     "circle"   one tag per circle: all its members know a leaf   *)
(*                       for theirs, or none does;                         *)
(*            "member"   one tag per recipient, which an author may omit.  *)
(*   Needs    "circle"   a cut for c needs the acts of c and `all`;        *)
(*            "addressed" it needs every act addressed to the node.        *)
(*   Past     "circle"   the past runs through acts of c and `all`;        *)
(*            "readable" through whatever the node can read.               *)
(*   Cut      "heads"    a cut holds every branch of a feed that forked;   *)
(*            "size"     it holds one, whichever came first.               *)
(*   Cites    "folded"   `seen` is the cut folded for the act's circle;    *)
(*            "held"     it is all the leaves held.                        *)
(*                                                                         *)
(* Left out: agreements, epochs, and forks that part later than at once.   *)
(***************************************************************************)
EXTENDS Naturals, Sequences, FiniteSets
CONSTANTS Tags, Needs, Past, Cut, Cites,
          Honest,        \* {"A","B"} or {"A","B","C"}
          Fault,         \* of C, when it is not honest: "omits" or "forks"
          Circles,       \* those in use
          Says, SaysC    \* entries per honest feed, per branch of C
Branches == IF Fault = "forks" THEN {"A", "B", "C", "C2"} ELSE {"A", "B", "C"}
Members(c) == CASE c = "all" -> {"A", "B", "C"} [] c = "ab" -> {"A", "B"} [] c = "bc" -> {"B", "C"}
Sibling(b) == IF b = "C" THEN "C2" ELSE "C"

VARIABLES feed,          \* feed[b]: entries [circle, seen, hidden: members not told]
          leaves,        \* leaves[p][b]: how many leaves of b honest p holds
          acts           \* acts[p]: places <<b, i>> whose act honest p holds
vars == <<feed, leaves, acts>>

Entry(b, i) == feed[b][i]
Max(S) == CHOOSE m \in S : \A n \in S : n <= m
Below(u, v) == \A b \in Branches : u[b] <= v[b]
Zero == [b \in Branches |-> 0]
InFold(c, d) == d = c \/ d = "all"

---------------------------------------------------------------------------
\* The greatest held and closed cut for circle c: cut back what is not, until nothing is left to cut.
Concerns(p, c, b, i) == p \in Members(Entry(b, i).circle) /\ (Needs = "addressed" \/ InFold(c, Entry(b, i).circle))
Recognised(p, b, i) == Tags = "circle" \/ p \notin Entry(b, i).hidden \/ <<b, i>> \in acts[p]
Good(p, c, b, i, cut) ==
  /\ (Concerns(p, c, b, i) /\ Recognised(p, b, i)) => <<b, i>> \in acts[p]
  /\ (Concerns(p, c, b, i) /\ <<b, i>> \in acts[p]) => Below(Entry(b, i).seen, cut)
RECURSIVE CutBack(_, _, _)
CutBack(p, c, cut) ==
  LET next == [b \in Branches |-> Max({n \in 0..cut[b] : \A i \in 1..n : Good(p, c, b, i, cut)})]
  IN IF next = cut THEN cut ELSE CutBack(p, c, next)
FoldCut(p, c) == CutBack(p, c, leaves[p])

\* What lies in an act's causal past, as p reads it for circle c.
RECURSIVE Reach(_, _, _)
Reach(p, c, v) ==
  LET read == {x \in acts[p] : x[2] <= v[x[1]] /\ (Past = "readable" \/ InFold(c, Entry(x[1], x[2]).circle))}
      next == [b \in Branches |-> Max({v[b]} \cup {Entry(x[1], x[2]).seen[b] : x \in read})]
  IN IF next = v THEN {x \in read : InFold(c, Entry(x[1], x[2]).circle)} ELSE Reach(p, c, next)
PastOf(p, c, b, i) ==
  LET seen == Entry(b, i).seen
  IN Reach(p, c, [seen EXCEPT ![b] = Max({@, i - 1})])
Folded(p, c, cut) == {x \in acts[p] : x[2] <= cut[x[1]] /\ InFold(c, Entry(x[1], x[2]).circle)}
Verdicts(p, c) ==      \* a set of one cut, so that TLC works it out once
  UNION {{<<x, PastOf(p, c, x[1], x[2])>> : x \in Folded(p, c, cut)} : cut \in {FoldCut(p, c)}}

---------------------------------------------------------------------------
Init == /\ feed = [b \in Branches |-> <<>>]
        /\ leaves = [p \in Honest |-> Zero]
        /\ acts = [p \in Honest |-> {}]

Say(p, c) ==
  LET n == Len(feed[p]) + 1
      seen == [(IF Cites = "held" THEN leaves[p] ELSE FoldCut(p, c)) EXCEPT ![p] = n - 1]
  IN /\ p \in Members(c) /\ n <= Says
     /\ feed' = [feed EXCEPT ![p] = Append(@, [circle |-> c, seen |-> seen, hidden |-> {}])]
     /\ leaves' = [leaves EXCEPT ![p][p] = n]
     /\ acts' = [acts EXCEPT ![p] = @ \cup {<<p, n>>}]

\* A faulty C cites any head of A, also one that A has not signed, and need not tell everybody.
SayFaulty(b, c) ==
  /\ "C" \notin Honest /\ b \in {"C", "C2"} \cap Branches /\ "C" \in Members(c) /\ Len(feed[b]) < SaysC
  /\ \E n \in 0..(Len(feed["A"]) + 1), hidden \in (IF Fault = "omits" THEN SUBSET (Members(c) \ {"C"}) ELSE {{}}) :
       feed' = [feed EXCEPT ![b] = Append(@, [circle |-> c, hidden |-> hidden,
                                              seen |-> [Zero EXCEPT ![b] = Len(feed[b]), !["A"] = n]])]
  /\ UNCHANGED <<leaves, acts>>

\* Leaves come from anybody who has them.
Follows(p, b) == IF Cut = "size" /\ Fault = "forks" /\ b \in {"C", "C2"} THEN leaves[p][Sibling(b)] = 0 ELSE TRUE
TakeLeaf(p, b) == /\ b # p /\ leaves[p][b] < Len(feed[b]) /\ Follows(p, b)
                  /\ leaves' = [leaves EXCEPT ![p][b] = @ + 1]
                  /\ UNCHANGED <<feed, acts>>

\* Acts come from their author, or from any honest member that has them.
Lacks(p, b, i) == p \in Members(Entry(b, i).circle) /\ i <= leaves[p][b] /\ <<b, i>> \notin acts[p]
TakeAct(p, b, i) == /\ Lacks(p, b, i)
                    /\ p \notin Entry(b, i).hidden \/ \E q \in Honest : <<b, i>> \in acts[q]
                    /\ acts' = [acts EXCEPT ![p] = @ \cup {<<b, i>>}]
                    /\ UNCHANGED <<feed, leaves>>

Next == \/ \E p \in Honest, c \in Circles : Say(p, c)
        \/ \E b \in Branches, c \in Circles : SayFaulty(b, c)
        \/ \E p \in Honest, b \in Branches : TakeLeaf(p, b) \/ \E i \in 1..Len(feed[b]) : TakeAct(p, b, i)
Spec == Init /\ [][Next]_vars

---------------------------------------------------------------------------
Pairs == {<<p, q, c>> \in Honest \X Honest \X Circles : p # q /\ {p, q} \subseteq Members(c)}
\* One circle, one cut: the same acts and the same verdicts.
Deterministic == \A x \in Pairs :
  FoldCut(x[1], x[3]) = FoldCut(x[2], x[3]) => Verdicts(x[1], x[3]) = Verdicts(x[2], x[3])

\* A verdict that a node has given stays, whatever arrives later.
StableStep == \A p \in {q \in Honest : acts[q] # acts'[q] \/ leaves[q] # leaves'[q]}, c \in Circles :
  p \in Members(c) => Verdicts(p, c) \subseteq Verdicts(p, c)'
Stable == [][StableStep]_vars

\* When honest nodes have no more to tell each other, each folds the other's whole feed.
Told == \A p, q \in Honest :
  /\ \A b \in Branches : leaves[q][b] > leaves[p][b] => ~Follows(p, b)
  /\ leaves[p][q] = Len(feed[q])
  /\ \A x \in acts[q] : ~Lacks(p, x[1], x[2])
NotFrozen == Told => \A x \in Pairs : FoldCut(x[1], x[3])[x[2]] = Len(feed[x[2]])
=============================================================================
