------------------------------ MODULE Standing ------------------------------
(***************************************************************************)
(* What keeps two conflicting operations from standing, or flying, side by *)
(* side while nobody who signed knew of both.                              *)
(*                                                                         *)
(* Operation x belongs to A and lies in circle {A,B}.  Operation y lies,   *)
(* by Layout, in                                                           *)
(*   "two"       circle {B,C}, owned by C, decided by B (the usual case);  *)
(*   "crosswise" circle {B,C}, owned by B itself, decided by C;            *)
(*   "all"       circle {A,B,C}, owned by C, decided by A and B;           *)
(*   "apart"     circle {C,D}, decided by D: nobody belongs to both.       *)
(* Every version of x conflicts with every version of y.                   *)
(*                                                                         *)
(* Each party has one feed.  An entry holds `seen`, how much of each feed  *)
(* its author had folded, and `knows`, the conflicting versions that its   *)
(* node found when it screened under the write lock.  Feeds arrive entry   *)
(* by entry, as late as the network likes, never with a gap: `held` is     *)
(* what a party has folded (Fold.tla is about how it comes to that).       *)
(*                                                                         *)
(* Rules that are varied, the sound choice first:                          *)
(*   Revoked  "cited"    a revoked version is screened until its owner's   *)
(*                       feed has cited the revocation;                    *)
(*            "always"   ... until it is changed, withdrawn or ended: what *)
(*                       Entente's node does, decided or not;              *)
(*            "atonce"   it is dropped when it is revoked.                 *)
(*   Cited    "circle"   the citation counts when the decider has folded   *)
(*                       the operation's circle up to it;                  *)
(*            "all"      it counts when read in `all`, ahead of acts of    *)
(*                       the operation's circle that lie before it.        *)
(*   Flying   "ended"    an activated version is screened until it ended;  *)
(*            "latest"   only while it is also the latest, not withdrawn.  *)
(*   Names    "version"  a decision names a version's leaf;                *)
(*            "operation" it names the operation, whatever its version.    *)
(*   Screens  "held"     a node screens against all it holds;              *)
(*            "circle"   only against operations of the act's own circle.  *)
(*   Kept     "set"      objections after an activation are a set;         *)
(*            "register" the latest decision alone is looked at.           *)
(*   Stale    FALSE      an activation cites all that its author folded;   *)
(*            TRUE       it may cite any cut not below its feed's last.    *)
(*                                                                         *)
(* Left out: forks and restores (Restore.tla), silence (Lapse.tla),        *)
(* clocks, standing decisions, and activation without cover.               *)
(***************************************************************************)
EXTENDS Naturals, Sequences, FiniteSets
CONSTANTS Layout, Revoked, Cited, Flying, Names, Screens, Kept, Stale,
          Versions,      \* versions per operation, at most
          Quiet,         \* operations that are only proposed and activated, to keep the rest deep
          Decisions      \* entries in a decider's feed that decide, at most
VARIABLES feed,          \* feed[p]: everything that p has signed, in order
          held,          \* held[p][q]: length of q's feed that p has folded
          ahead          \* ahead[p][q]: ... read in `all` alone (Cited = "all")
vars == <<feed, held, ahead>>

Parties == IF Layout = "apart" THEN {"A", "B", "C", "D"} ELSE {"A", "B", "C"}
Operations == {"x", "y"}
Other(o) == IF o = "x" THEN "y" ELSE "x"
Owner(o) == CASE o = "x" -> "A" [] Layout = "crosswise" -> "B" [] OTHER -> "C"
Deciders(o) == CASE o = "x" -> {"B"}
                 [] Layout = "crosswise" -> {"C"}
                 [] Layout = "all" -> {"A", "B"}
                 [] Layout = "apart" -> {"D"}
                 [] OTHER -> {"B"}
Circle(o) == {Owner(o)} \cup Deciders(o)

Max(S) == CHOOSE m \in S : \A n \in S : n <= m
Min(S) == CHOOSE m \in S : \A n \in S : m <= n
Top(S) == IF S = {} THEN 0 ELSE Max(S)

---------------------------------------------------------------------------
\* What the first n entries of its owner's feed say of operation o.

Where(o, n, verbs) == {i \in 1..n : feed[Owner(o)][i].op = o /\ feed[Owner(o)][i].do \in verbs}
Latest(o, n) == Top({feed[Owner(o)][i].v : i \in Where(o, n, {"propose", "change"})})
Over(o, n) == Where(o, n, {"withdraw", "end"}) # {}
Active(o, n) == IF Where(o, n, {"end"}) # {} THEN {}
                ELSE {feed[Owner(o)][i].v : i \in Where(o, n, {"activate"})}

\* What the first n entries of d's feed say of operation o.
Decided(d, o, n) == {i \in 1..n : feed[d][i].do = "decide" /\ feed[d][i].op = o}
Covering(d, o, n) == feed[d][Max(Decided(d, o, n))]

Stands(o, v, cut) ==
  /\ v > 0 /\ v = Latest(o, cut[Owner(o)]) /\ ~Over(o, cut[Owner(o)])
  /\ \A d \in Deciders(o) :
       /\ Decided(d, o, cut[d]) # {}
       /\ Covering(d, o, cut[d]).ok
       /\ Names = "version" => Covering(d, o, cut[d]).v = v

---------------------------------------------------------------------------
\* The screening: which versions of o does p's node still hold against others?

\* How much of p's feed has q cited, as far as p has read q?
CitedBy(q, p) ==
  LET folded == {feed[q][i].seen[p] : i \in 1..held[p][q]}
      early == {feed[q][i].seen[p] : i \in {k \in 1..ahead[p][q] : feed[q][k].do = "ack"}}
  IN Top(IF Cited = "all" THEN folded \cup early ELSE folded)

\* p said no objection to version v of o, then took it back: has the owner heard?
AwaitsOwner(p, o, v) ==
  LET mine == {i \in Decided(p, o, Len(feed[p])) : feed[p][i].v = v}
      last == Max({i \in mine : feed[p][i].ok})
      revocation == Min({i \in mine : i > last})
  IN /\ Revoked = "cited"
     /\ \E i \in mine : feed[p][i].ok
     /\ ~feed[p][Max(mine)].ok
     /\ CitedBy(Owner(o), p) < revocation

SaysYes(p, o, v) ==
  LET mine == Decided(p, o, Len(feed[p]))
  IN mine # {} /\ feed[p][Max(mine)].ok /\ feed[p][Max(mine)].v = v

Screened(p, o, v) ==
  LET n == held[p][Owner(o)]
      current == v = Latest(o, n) /\ ~Over(o, n)
  IN /\ p \in Circle(o)
     /\ \/ v \in Active(o, n) /\ (Flying = "ended" \/ current)
        \/ current /\ (p = Owner(o) \/ Revoked = "always" \/ SaysYes(p, o, v) \/ AwaitsOwner(p, o, v))

Finds(p, o) ==
  IF Screens = "circle" /\ Circle(o) # Circle(Other(o)) THEN {}
  ELSE {<<Other(o), v>> : v \in {w \in 1..Versions : Screened(p, Other(o), w)}}

---------------------------------------------------------------------------
Init == /\ feed = [p \in Parties |-> <<>>]
        /\ held = [p \in Parties |-> [q \in Parties |-> 0]]
        /\ ahead = [p \in Parties |-> [q \in Parties |-> 0]]

Say(p, do, o, v, ok, seen) ==
  /\ feed' = [feed EXCEPT ![p] = Append(@, [do |-> do, op |-> o, v |-> v, ok |-> ok, seen |-> seen,
                 knows |-> IF do \in {"propose", "change", "decide"} THEN Finds(p, o) ELSE {}])]
  /\ held' = [held EXCEPT ![p][p] = @ + 1]
  /\ UNCHANGED ahead

Mine(o) == Len(feed[Owner(o)])

Propose(o) == LET p == Owner(o) v == Latest(o, Mine(o)) + 1 IN
  /\ v <= (IF o \in Quiet THEN 1 ELSE Versions) /\ ~Over(o, Mine(o))
  /\ Say(p, IF v = 1 THEN "propose" ELSE "change", o, v, TRUE, held[p])

Withdraw(o) == LET p == Owner(o) v == Latest(o, Mine(o)) IN
  /\ o \notin Quiet /\ v > 0 /\ ~Over(o, Mine(o))
  /\ Say(p, "withdraw", o, v, TRUE, held[p])

\* `ok` of an activation is a ghost: did the version stand in all that its author had folded?
Activate(o) == LET p == Owner(o) v == Latest(o, Mine(o)) IN
  \E cut \in (IF Stale
              THEN {[held[p] EXCEPT ![d] = n] : d \in Deciders(o), n \in 0..Top({held[p][d] : d \in Deciders(o)})}
              ELSE {held[p]}) :
  /\ \A d \in Deciders(o) : cut[d] <= held[p][d] /\ \A i \in 1..Mine(o) : feed[p][i].seen[d] <= cut[d]
  /\ v \notin Active(o, Mine(o)) /\ Stands(o, v, cut)
  /\ Say(p, "activate", o, v, Stands(o, v, held[p]), cut)

End(o) == LET p == Owner(o) IN
  /\ o \notin Quiet /\ Active(o, Mine(o)) # {}
  /\ Say(p, "end", o, Latest(o, Mine(o)), TRUE, held[p])

\* The owner's node takes note of a revocation; nothing else needs an entry of its own.
Acknowledge(o) == LET p == Owner(o) IN
  /\ \E d \in Deciders(o) : \E i \in Decided(d, o, held[p][d]) :
        /\ ~feed[d][i].ok
        /\ \A k \in 1..Mine(o) : feed[p][k].seen[d] < i
  /\ Say(p, "ack", o, 0, TRUE, held[p])

Decide(d, o, ok) == LET v == Latest(o, held[d][Owner(o)]) IN
  /\ d \in Deciders(o) /\ v > 0 /\ ~Over(o, held[d][Owner(o)])
  /\ Cardinality({i \in 1..Len(feed[d]) : feed[d][i].do = "decide"}) < Decisions
  /\ SaysYes(d, o, v) # ok          \* an objection only ever takes back: others change nothing here
  /\ Say(d, "decide", o, v, ok, held[d])

Connected(p, q) == p # q /\ \E o \in Operations : {p, q} \subseteq Circle(o)

\* The next entry of q that concerns p, and with it the leaves before it.  The cut stays closed:
\* nothing of p's circles is folded that cites what p lacks.
Deliver(p, q) ==
  LET news == {n \in (held[p][q] + 1)..Len(feed[q]) : p \in Circle(feed[q][n].op)} IN
  /\ Connected(p, q) /\ news # {}
  /\ LET e == feed[q][Min(news)] IN \A r \in Circle(e.op) \ {q} : e.seen[r] <= held[p][r]
  /\ held' = [held EXCEPT ![p][q] = Min(news)]
  /\ UNCHANGED <<feed, ahead>>

ReadAhead(p, q) ==
  /\ Cited = "all" /\ Connected(p, q) /\ Top({held[p][q], ahead[p][q]}) < Len(feed[q])
  /\ ahead' = [ahead EXCEPT ![p][q] = Len(feed[q])]
  /\ UNCHANGED <<feed, held>>

Next == \/ \E o \in Operations : Propose(o) \/ Withdraw(o) \/ Activate(o) \/ End(o) \/ Acknowledge(o)
        \/ \E o \in Operations, d \in Parties, ok \in BOOLEAN : Decide(d, o, ok)
        \/ \E p, q \in Parties : Deliver(p, q) \/ ReadAhead(p, q)
Spec == Init /\ [][Next]_vars

---------------------------------------------------------------------------
\* Whose signatures make version v of o stand at a cut: its deciders' and its proposer's.
Signed(o, v, cut) ==
  {Covering(d, o, cut[d]) : d \in Deciders(o)}
  \cup {feed[Owner(o)][i] : i \in {k \in Where(o, cut[Owner(o)], {"propose", "change"}) : feed[Owner(o)][k].v = v}}
SomebodyKnew(v, atX, w, atY) ==
  \/ \E e \in Signed("x", v, atX) : <<"y", w>> \in e.knows
  \/ \E e \in Signed("y", w, atY) : <<"x", v>> \in e.knows

V == 1..Versions

\* Both stand at one cut that holds whatever its own entries cite.
Cuts == {cut \in [Parties -> 0..Max({Len(feed[p]) : p \in Parties})] : \A p \in Parties : cut[p] <= Len(feed[p])}
Closed(cut) == \A p, q \in Parties : cut[p] > 0 => feed[p][cut[p]].seen[q] <= cut[q]
InCuts == \A cut \in Cuts : \A v, w \in V :
  (Stands("x", v, cut) /\ Stands("y", w, cut) /\ Closed(cut)) => SomebodyKnew(v, cut, w, cut)

\* Both stand now, each in the eyes of somebody in its circle.
InViews == \A p \in Circle("x"), q \in Circle("y") : \A v, w \in V :
  (Stands("x", v, held[p]) /\ Stands("y", w, held[q])) => SomebodyKnew(v, held[p], w, held[q])

\* Both fly, each activated with no objection at its own `seen`.
Flights(o) == {i \in Where(o, Mine(o), {"activate"}) : Where(o, Mine(o), {"end"}) = {}}
Past(p, i) == [feed[p][i].seen EXCEPT ![p] = i - 1]
AsFlown == \A i \in Flights("x"), j \in Flights("y") :
  SomebodyKnew(feed[Owner("x")][i].v, Past(Owner("x"), i), feed[Owner("y")][j].v, Past(Owner("y"), j))

\* Not a promise: it breaks, which shows that AsFlown does not hold for want of flights.
NeverTogether == Flights("x") = {} \/ Flights("y") = {}

\* The label of an activation follows from its own past, so no later entry can change it.
Label == \A o \in Operations : \A i \in Where(o, Mine(o), {"activate"}) :
  Stands(o, feed[Owner(o)][i].v, Past(Owner(o), i))

\* No objection that the owner holds and had not folded when it activated drops out of sight.
Against(o, i, d, n) == {j \in Decided(d, o, n) : /\ j > feed[Owner(o)][i].seen[d]
                                                /\ ~feed[d][j].ok /\ feed[d][j].v = feed[Owner(o)][i].v}
ShownAgainst(o, i, d, n) ==
  IF Kept = "set" \/ Decided(d, o, n) = {} THEN Against(o, i, d, n)
  ELSE Against(o, i, d, n) \cap {Max(Decided(d, o, n))}
NoneLost == \A o \in Operations : \A i \in Where(o, Mine(o), {"activate"}) : \A d \in Deciders(o) :
  Against(o, i, d, held[Owner(o)][d]) = ShownAgainst(o, i, d, held[Owner(o)][d])

\* What is shown as crossed had truly not arrived.
TrulyCrossed == \A o \in Operations : \A i \in Where(o, Mine(o), {"activate"}) : feed[Owner(o)][i].ok
=============================================================================
