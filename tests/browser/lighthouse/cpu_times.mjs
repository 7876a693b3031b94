// Lighthouse counts the time from the start to the end of a task. On a busy machine, other processes have the
// processor for most of that time, and the same page scores 99 or 50.

// Makes each task in a trace as long as the CPU time of its thread.
export function useCpuTimes(events) {
  const tasks = events.filter(({ ph, tdur }) => ph === "X" && tdur !== undefined);
  const threads = Map.groupBy(tasks, ({ pid, tid }) => `${pid} ${tid}`);
  for (const tasks of threads.values()) shorten(tasks);
}

// A task inside another one starts after the CPU time that the other one had used until then.
function shorten(tasks) {
  let start, cpuStart, end = -Infinity;
  for (const task of tasks.sort((a, b) => a.ts - b.ts || b.dur - a.dur)) {
    if (task.ts >= end) [start, cpuStart, end] = [task.ts, task.tts, task.ts + task.dur];
    task.ts = start + task.tts - cpuStart;
    task.dur = task.tdur;
  }
}
