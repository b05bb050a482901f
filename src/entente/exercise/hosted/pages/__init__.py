"""The pages of a hosted exercise: text in, HTML out. Whatever is not ours is escaped where it is put in.

frame       what every page has: EXERCISE, its language, the two sentences, the sheet of styles
lobby       the seats and the code; one's own seat
directing   the director's page
debriefing  each decision in hindsight, as a page and as a file
paper       seat cards and the timetable, to be printed
"""
