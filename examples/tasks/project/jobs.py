import time

from tasks import QueueTaskContext, task


@task(queue_name="exports", max_attempts=3, takes_context=True)
def export_room(context: QueueTaskContext, room_id: int) -> str:
    for done in range(1, 101):
        time.sleep(0.03)  # the work
        context.progress(done, 100, "messages")
    return f"exports/{room_id}.html"
