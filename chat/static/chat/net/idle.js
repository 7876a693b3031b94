// Resolves when the browser has nothing else to do.
export function idle() {
  return new Promise((resolve) => (window.requestIdleCallback ?? setTimeout)(resolve));
}
