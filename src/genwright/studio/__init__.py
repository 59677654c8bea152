"""The studio: a page in the browser that shows the runs of a folder, trains models and lets a person touch them.

app.py      the routes
guard.py    who may talk to the server
shelf.py    what lies in the folder: runs, comparisons and uploads, by ids
trainings.py  runs that the studio begins, stops and resumes
tails.py    lines of a file as events, as they come
worker.py   the process that holds the models
static/     the page

The run folder is the truth: the studio keeps nothing of its own. A training is a process of its own, which lives on
when the studio ends.
"""
