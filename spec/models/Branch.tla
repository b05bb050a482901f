------------------------------- MODULE Branch --------------------------------
(***************************************************************************)
(* A party L tells two stories of one feed and opens a new epoch; B and C  *)
(* are honest.  Both stories begin with the entries 1..Stem, which B and C *)
(* hold; behind them branch l permits and then protects, branch r protects *)
(* and then permits.                                                       *)
(*                                                                         *)
(* Keep     "every"   an honest node takes each branch that an act which it*)
(*                    holds cites;                                         *)
(*          "first"   it keeps to the branch that it was served first.     *)
(* Permits  "shared"  with both branches in the cut only what both have    *)
(*                    permits; "first": what the branch held first has;    *)
(*                    "held": whatever is held.                            *)
(* Shields  "every"   stops of all branches in the cut count; "first".     *)
(* Reported "nothing" while a report proves a branch that the cut lacks,   *)
(*                    the feed permits nothing; "held": what is held does. *)
(* Base     "parting" an epoch goes on from entries that every branch known*)
(*                    to its party has; "branch": from whichever it names, *)
(*                    and what it names is then true.                      *)
(* Ack      TRUE      on a report alone, everybody must have acknowledged  *)
(*                    the entries that the epoch goes on from.             *)
(* Disputed "nothing" an epoch from entries that a branch in the cut lacks *)
(*                    permits nothing; "all": it permits all the same.     *)
(* Closed   TRUE      what the old feed says behind that base permits      *)
(*                    nothing once the epoch is in the cut.                *)
(*                                                                         *)
(* The evidence that L signed two roots at the size Differs travels freely.*)
(* Left out: more than two branches, a fork of the epoch, other circles    *)
(* (Fold.tla), what an operation is (Standing.tla).                        *)
(***************************************************************************)
EXTENDS Naturals, Sequences, FiniteSets
CONSTANTS Keep, Permits, Shields, Reported, Base, Ack, Disputed, Closed, Says
Honest == {"B", "C"}
Other(n) == IF n = "B" THEN "C" ELSE "B"
Branches == {"l", "r"}
Stem == 1
Longest == 3
Differs == 3
Entry(b, i) == IF i <= Stem THEN <<"s", i>> ELSE <<b, i>>
Path(b, k) == {Entry(b, i) : i \in 1..k}
New == <<"e", 1>>
Permitting == {<<"s", 1>>, <<"l", 2>>, <<"r", 3>>, New}
Stops == {<<"l", 3>>, <<"r", 2>>}
Nobody == [b |-> "", k |-> 0]

VARIABLES held,    \* held[n][b]: how many entries of branch b node n holds
          first,   \* first[n]: the branch that n held first, or ""
          said,    \* said[n]: n's acts, each citing [held, epoch] as n had folded it
          got,     \* got[n]: how many acts of the other honest party n holds
          report,  \* nodes that hold the evidence
          aware,   \* what L's own node knows, which follows l: "one", "report", "both"
          opened,  \* the epoch's base, and `knew`: what L knew when it opened it
          taken    \* nodes that hold the opening and all of its base
vars == <<held, first, said, got, report, aware, opened, taken>>

Init == /\ held = [n \in Honest |-> [b \in Branches |-> Stem]] /\ first = [n \in Honest |-> ""]
        /\ said = [n \in Honest |-> <<>>] /\ got = [n \in Honest |-> 0] /\ report = {}
        /\ aware = "one" /\ opened = [base |-> Nobody, knew |-> ""] /\ taken = {}

Open == opened.base # Nobody
Both(n) == held[n]["l"] > Stem /\ held[n]["r"] > Stem
Knows(n) == n \in report \/ Both(n)
AllOf(n) == Path("l", held[n]["l"]) \cup Path("r", held[n]["r"])
First(n) == IF first[n] = "" THEN Path("l", Stem) ELSE Path(first[n], held[n][first[n]])
BaseEntries == Path(opened.base.b, opened.base.k)

(* What may happen. *)
Serve(n, b) == /\ first[n] \in {"", b} \/ held[n][b] > Stem  \* it continues what is held; else nothing held cites it
               /\ \E k \in (held[n][b] + 1)..Longest : held' = [held EXCEPT ![n][b] = k]
               /\ first' = [first EXCEPT ![n] = IF @ = "" THEN b ELSE @]
               /\ UNCHANGED <<said, got, report, aware, opened, taken>>
Act(n) == /\ Len(said[n]) < Says
          /\ said' = [said EXCEPT ![n] = Append(@, [held |-> held[n], epoch |-> n \in taken])]
          /\ UNCHANGED <<held, first, got, report, aware, opened, taken>>
Give(n) == /\ got[n] < Len(said[Other(n)]) /\ got' = [got EXCEPT ![n] = @ + 1]
           /\ UNCHANGED <<held, first, said, report, aware, opened, taken>>
Cited(n, b) == {said[Other(n)][i].held[b] : i \in 1..got[n]}
Wanted(n, b) == {k \in Cited(n, b) : k > held[n][b]}
CanFetch(n, b) == Wanted(n, b) # {} /\ (Keep = "every" \/ first[n] \in {"", b})
Fetch(n, b) == /\ CanFetch(n, b) /\ \E k \in Wanted(n, b) : held' = [held EXCEPT ![n][b] = k]
               /\ first' = [first EXCEPT ![n] = IF @ = "" THEN b ELSE @]
               /\ UNCHANGED <<said, got, report, aware, opened, taken>>
Find(n) == /\ n \notin report
           /\ \E p, q \in Honest : (held[p]["l"] >= Differs /\ held[q]["r"] >= Differs) \/ Both(p)
           /\ report' = report \cup {n}
           /\ UNCHANGED <<held, first, said, got, aware, opened, taken>>
Learn == /\ \/ aware = "one" /\ report # {} /\ aware' = "report"
            \/ aware # "both" /\ (\E n \in Honest : \E i \in 1..Len(said[n]) : said[n][i].held["r"] > Stem) /\ aware' = "both"
         /\ UNCHANGED <<held, first, said, got, report, opened, taken>>
Acknowledged(k) == \A n \in Honest : \E i \in 1..Len(said[n]) :
                     said[n][i].held["l"] >= k /\ \A j \in 1..i : said[n][j].held["r"] <= Stem
MayOpen(b, k) == CASE Base = "branch" -> aware = "both"
                   [] aware = "both" -> k <= Stem
                   [] aware = "report" -> b = "l" /\ k < Differs /\ (Ack => Acknowledged(k))
                   [] OTHER -> b = "l"
OpenEpoch(b, k) == /\ ~Open /\ MayOpen(b, k) /\ opened' = [base |-> [b |-> b, k |-> k], knew |-> aware]
                   /\ UNCHANGED <<held, first, said, got, report, aware, taken>>
HoldsBase(n) == \E b \in Branches : held[n][b] >= opened.base.k /\ Path(b, opened.base.k) = BaseEntries
CanTake(n) == Open /\ n \notin taken /\ HoldsBase(n)
Take(n) == /\ CanTake(n) /\ taken' = taken \cup {n}
           /\ UNCHANGED <<held, first, said, got, report, aware, opened>>

Next == \/ \E n \in Honest : Act(n) \/ Give(n) \/ Find(n) \/ Take(n)
        \/ \E n \in Honest, b \in Branches : Serve(n, b) \/ Fetch(n, b)
        \/ \E b \in Branches, k \in 1..Longest : OpenEpoch(b, k)
        \/ Learn
Spec == Init /\ [][Next]_vars

(* What a node reads of it: functions of its cut, but for the rules not taken. *)
Undisputed(n) == CASE Both(n) /\ Permits = "shared" -> Path("l", Stem)
                   [] Both(n) /\ Permits = "first" -> First(n)
                   [] ~Both(n) /\ n \in report /\ Reported = "nothing" -> {}
                   [] OTHER -> AllOf(n)
Old(n) == CASE n \notin taken -> Undisputed(n)
            [] Base = "branch" -> BaseEntries
            [] Closed -> Undisputed(n) \cap BaseEntries
            [] OTHER -> Undisputed(n)
InEvery(n) == opened.base.k <= Stem \/ (~Both(n) /\ (n \in report => opened.base.k < Differs))
Permitted(n) == (Old(n) \cup IF n \in taken /\ (Base = "branch" \/ Disputed = "all" \/ InEvery(n)) THEN {New} ELSE {})
                \cap Permitting
Stopped(n) == Stops \cap IF Shields = "every" THEN AllOf(n) ELSE First(n)
Folded(n) == Cardinality({i \in 1..got[n] : \A j \in 1..i : LET act == said[Other(n)][j] IN
               (\A b \in Branches : act.held[b] <= held[n][b]) /\ (act.epoch => n \in taken)})

(* What is promised. *)
Shielded == \A n \in Honest : Stops \cap AllOf(n) \subseteq Stopped(n)
NothingBehind == \A n \in Honest : Knows(n) => Permitted(n) \subseteq {<<"s", 1>>, New}
Alike == held["B"] = held["C"] /\ ("B" \in report <=> "C" \in report) /\ ("B" \in taken <=> "C" \in taken)
           => Permitted("B") = Permitted("C") /\ Stopped("B") = Stopped("C")
NotFrozen == \A n \in Honest : got[n] = Len(said[Other(n)]) /\ ~CanTake(n) /\ (\A b \in Branches : ~CanFetch(n, b))
                                 => Folded(n) = got[n]
RestsOnShared == \A n \in Honest : New \in Permitted(n) /\ Both(n) => BaseEntries \subseteq Path("l", Stem)
OneStory == \A n \in taken : Permitted(n) \cap (AllOf(n) \ BaseEntries) = {}
GoesOn == opened.knew \in {"report", "both"} => \A n \in taken : New \in Permitted(n)
CarriesOver == \A n \in taken : Both(n) /\ opened.base.k = Stem => Permitted(n) = {<<"s", 1>>, New}
(* No promise of ours: that these are not empty. *)
NeverOn == ~\E n \in Honest : Both(n) /\ New \in Permitted(n)
NeverJoined == ~\A n \in Honest : Both(n) /\ Folded(n) = Says
=============================================================================
