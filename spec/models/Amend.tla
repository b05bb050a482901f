------------------------------- MODULE Amend --------------------------------
(***************************************************************************)
(* Which successor of an agreement is in force.  All of A, B and C signed  *)
(* the predecessor P; S1 and S2 name P as theirs, S3 names S1 and S2 as    *)
(* dead.  Each party answers in its own feed, with a successor or `none`;  *)
(* answers arrive in any order, as late as they like.                      *)
(*                                                                         *)
(* Rule     "once"     Entente's first rule: one answer to P, never taken  *)
(*                     back.  Two answers that differ leave P in force for *)
(*                     good; the parties then make a new agreement.        *)
(*          "retract"  a party may answer again, otherwise.                *)
(*          "rounds"   one answer per round; S3 may be signed by whoever   *)
(*                     holds two answers to P that differ.                 *)
(* Signers  "all"      every signatory of P signs a successor, those who   *)
(*                     leave included;                                     *)
(*          "staying"  only the successor's own (S1 keeps A, B; S2 B, C).  *)
(* Counts   "signed"   an answer counts as soon as it is read;             *)
(*          "cosigned" when all have cosigned a head that holds it, and an *)
(*                     honest party cosigns no second answer of a round.   *)
(* Faulty   "none", or the party that answers as it likes, on branches.    *)
(* Starts   "completed" P ends when a successor is complete and has        *)
(*                     started; "signed" it ends at completion.            *)
(*                                                                         *)
(* Left out: what becomes of open operations, keys, and parties that join. *)
(***************************************************************************)
EXTENDS Naturals, FiniteSets
CONSTANTS Rule, Signers, Counts, Faulty, Starts
Parties == {"A", "B", "C"}
Successors == {"S1", "S2"} \cup (IF Rule = "rounds" THEN {"S3"} ELSE {})
Choices == Successors \cup {"none"}
Round(s) == IF s = "S3" THEN 2 ELSE 1
Signatories(s) == CASE Signers = "all" -> Parties
                    [] s = "S1" -> {"A", "B"}
                    [] s = "S2" -> {"B", "C"}
                    [] OTHER -> Parties
VARIABLES answers,    \* pairs <<party, choice>>
          known       \* known[p]: answers that p holds
vars == <<answers, known>>
Init == answers = {} /\ known = [p \in Parties |-> {}]

Counted(a) == Counts = "signed" \/ \A q \in Parties : a \in known[q]
Completes(K, s) == \A q \in Signatories(s) : <<q, s>> \in K /\ Counted(<<q, s>>)
Closed(K) == \E a, b \in K : /\ a[1] # b[1] /\ a[2] # b[2] /\ Counted(a) /\ Counted(b)
                             /\ Round(a[2]) = 1 /\ Round(b[2]) = 1
Answered(p) == {a[2] : a \in {b \in answers : b[1] = p}}

May(p, s) ==
  /\ s \notin Answered(p)
  /\ s = "none" \/ p \in Signatories(s)
  /\ \/ p = Faulty
     \/ /\ \A t \in Successors : ~Completes(known[p], t)
        /\ CASE Rule = "once" -> Answered(p) = {}
             [] Rule = "retract" -> s # "none"
             [] Rule = "rounds" -> /\ \A t \in Answered(p) : Round(t) < Round(s)
                                   /\ Round(s) = 2 => Closed(known[p])
Answer(p, s) == /\ May(p, s)
                /\ answers' = answers \cup {<<p, s>>}
                /\ known' = [known EXCEPT ![p] = @ \cup {<<p, s>>}]
Twice(p, a) == \E b \in known[p] : b[1] = a[1] /\ b # a /\ Round(b[2]) = Round(a[2])
Learn(p) == \E a \in answers \ known[p] :
  /\ Counts = "cosigned" /\ p # Faulty => ~Twice(p, a)
  /\ known' = [known EXCEPT ![p] = @ \cup {a}]
  /\ UNCHANGED answers
Next == \E p \in Parties : Learn(p) \/ \E s \in Choices : Answer(p, s)
Spec == Init /\ [][Next]_vars

---------------------------------------------------------------------------
\* There are never two complete successors.
OneSuccessor == Cardinality({s \in Successors : Completes(answers, s)}) <= 1

\* Not a promise: it breaks, which shows that an agreement can be amended.
NeverAmended == \A s \in Successors : ~Completes(answers, s)

\* A party that has all the news knows what is in force, at every time: before S starts, and from then on.
InForce(K, started) ==
  CASE \E s \in Successors : Completes(K, s) -> (IF started THEN "S" ELSE IF Starts = "completed" THEN "P" ELSE "nothing")
    [] OTHER -> "P"
NoGap == \A p \in Parties, started \in BOOLEAN : InForce(known[p], started) # "nothing"

\* With all honest and all told, some successor is complete, or somebody may still answer.
Stuck == /\ \A p \in Parties : known[p] = answers
         /\ \A s \in Successors : ~Completes(answers, s)
         /\ \A p \in Parties, s \in Choices : ~May(p, s)
NotStuck == ~Stuck

\* The same, when nobody's answer is `none`: only crossing proposals are to blame.
NotStuckByCrossing == Stuck => \E p \in Parties : <<p, "none">> \in answers
=============================================================================
