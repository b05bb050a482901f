"""A hosted exercise: people in the seats, a director beside them, and what can be learnt from it afterwards.

    casting     who sits where: a code for each seat, one taker, and the director's own link
    course      the steps on their way: expected of a seat, waiting, played, happened, passed over
    running     the exercise as it runs: nodes, exercise time, the play, and what the director may do to it
    timetable   exercise time laid over two hours of the room's
    looking     each party's picture as the director sees it
    hindsight   each signed act with what its signer could see, and what others knew; `retelling` puts it into words
    door        whose requests are looked at, and how many at once
    serving     the lobby, the director's page and the debrief over HTTP
    pages       what is shown there, and printed; `words` has it in English, Russian and Arabic
    hosting     the command: homes, nodes, page, terminal

A participant is shown his own seat: its card, what was handed to it, exercise time. What his office sees is on his own
node's page. Nothing of the exercise's steps is sent to him before it is his to know.
"""
