"""The queues that bench/queue.py measures. Each module has

NAME          the name in the table
LOAD          the number of tasks for the throughput test
SLOTS         the number of concurrent tasks in a worker, as its documentation recommends
command       returns the command of a worker with so many slots
enqueue       queues one: enqueue("noop"), enqueue("stamp", sent), enqueue("mark", number, seconds)
enqueue_many  queues tasks of one kind for a list of arguments, if the queue supports it
"""
