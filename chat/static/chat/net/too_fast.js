// Repeats requests that the server refused as too fast (429), after the time that it named.

const SHORTEST_WAIT = 1_000; // ms

export function isTooFast(answer) {
  return answer?.status === 429;
}

// Returns milliseconds for a Retry-After in seconds.
export function waitFor(seconds) {
  return Math.max(SHORTEST_WAIT, Number(seconds) * 1000 || 0);
}

// Fragments that htmx fetches: earlier messages, search results, the lists at the side.
export function repeatFragments() {
  document.addEventListener("htmx:responseError", ({ detail }) => {
    const { xhr, elt, target, requestConfig } = detail;
    if (!isTooFast(xhr) || requestConfig.verb !== "get") return;
    const again = () => elt.isConnected && htmx.ajax("GET", requestConfig.path, { source: elt, target });
    setTimeout(again, waitFor(xhr.getResponseHeader("Retry-After")));
  });
}
