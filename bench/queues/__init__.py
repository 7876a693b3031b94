"""The queues that bench/queue.py measures. Each module has

NAME        for the table
LOAD        so many tasks to measure the throughput with
SLOTS       tasks at a time in one worker process, as its documentation recommends
command     of one worker process with so many slots
enqueue     one task: enqueue("noop"), enqueue("stamp", sent), enqueue("mark", number, seconds)
enqueue_many  of one kind, for a list of arguments, where the queue can
"""
