from bench.queues import work
from tasks import task


@task
def noop():
    work.noop()


@task(ttl=0)
def forgotten():
    work.noop()


@task
def stamp(sent):
    work.stamp(sent)


@task
def mark(number, seconds):
    work.mark(number, seconds)
