// Sends a form while the page stays, also while it is being left.

import { isTooFast } from "./too_fast.js";
import { gettext } from "../text/words.js";

const SAVED_WITHIN = 10_000; // ms

// Returns what the person can do if it was not saved, or "".
export async function save(url, body) {
  const signal = AbortSignal.timeout(SAVED_WITHIN);
  const headers = { Accept: "application/json" };
  try {
    const answer = await fetch(url, { method: "POST", body, headers, signal, keepalive: true });
    return answer.status === 204 ? "" : await adviceOf(answer);
  } catch {
    return gettext("Check your connection.");
  }
}

async function adviceOf(answer) {
  if (isTooFast(answer)) return gettext("Wait a moment and try again.");
  if (answer.status === 422) return (await answer.json()).detail;
  return gettext("Reload the page and try again.");
}
