// One WebSocket that reconnects automatically. Handlers are registered for a type of frame; "up" and "down"
// are further types. Back-off with full jitter, as in the article of the AWS architecture blog.

import { waitFor } from "./too_fast.js";

const FIRST_DELAY = 500; // all times in ms
const LONGEST_DELAY = 20_000;
const BYE_SPREAD = 5_000;
const QUIET = 25_000;
const ANSWER_WITHIN = 10_000;
const HELLO_WITHIN = 10_000;
export const SIGNED_OUT = 4401;
export const BANNED = 4403;
const TOO_SLOW = 4408;

export class Socket {
  #url;
  #handlers = new Map();
  #failures = 0;
  #retryTimer;
  #ws;
  #silenceTimer;
  #isRestarting;
  #refusal;

  constructor(url) {
    this.#url = url;
    this.live = false; // between hello and the end
    addEventListener("online", () => this.#connectNow());
    addEventListener("offline", () => this.restart());
    document.addEventListener("visibilitychange", () => document.hidden || this.#connectNow());
    // A page in the back/forward cache has no socket; it gets one when it is shown again.
    addEventListener("pageshow", (event) => event.persisted && this.restart());
  }

  // Until `signal` is aborted, if there is one.
  on(type, handler, signal) {
    this.#handlers.set(type, [...(this.#handlers.get(type) ?? []), handler]);
    signal?.addEventListener("abort", () => this.#off(type, handler));
  }

  #off(type, handler) {
    this.#handlers.set(type, this.#handlers.get(type).filter((other) => other !== handler));
  }

  #emit(type, frame) {
    for (const handler of this.#handlers.get(type) ?? []) handler(frame);
  }

  connect() {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = null;
    const ws = (this.#ws = new WebSocket(this.#url));
    ws.onmessage = ({ data }) => ws === this.#ws && this.#receive(JSON.parse(data));
    ws.onclose = ({ code }) => ws === this.#ws && this.#closed(code);
    clearTimeout(this.#silenceTimer);
    this.#silenceTimer = setTimeout(() => this.restart(), HELLO_WITHIN);
  }

  // Returns true if the frame was handed over; it may still get lost on the way.
  send(frame) {
    if (!this.live) return false;
    this.#ws.send(JSON.stringify(frame));
    return true;
  }

  #receive(frame) {
    this.#watch();
    if (frame.type === "bye") this.#isRestarting = true;
    if (frame.type === "hello") {
      this.#failures = 0;
      this.live = true;
    }
    if (frame.type === "error" && !this.live) this.#refusal = frame; // too many sockets, or too fast
    this.#emit(frame.type, frame);
    if (frame.type === "hello") this.#emit("up", frame);
  }

  // A connection can die silently: ping when it is quiet, reconnect without a response.
  #watch() {
    clearTimeout(this.#silenceTimer);
    this.#silenceTimer = setTimeout(() => {
      this.send({ type: "ping" });
      this.#silenceTimer = setTimeout(() => this.restart(), ANSWER_WITHIN);
    }, QUIET);
  }

  restart() {
    const ws = this.#ws;
    if (!ws) return;
    this.#closed(1006);
    ws.close();
  }

  #closed(code) {
    clearTimeout(this.#silenceTimer);
    const delay = this.#delay(code);
    const { live: wasLive } = this;
    const refusal = this.#refusal;
    this.#ws = this.#refusal = null;
    this.live = this.#isRestarting = false;
    this.#emit("down", { code, wasLive, refusal });
    if (code === SIGNED_OUT || code === BANNED) return;
    this.#failures += 1;
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => this.connect(), delay);
  }

  #delay(code) {
    if (this.#refusal) return waitFor(this.#refusal.retry_after) + Math.random() * BYE_SPREAD;
    if (this.#isRestarting) return Math.random() * BYE_SPREAD;
    if (code === TOO_SLOW) return Math.random() * FIRST_DELAY;
    return Math.random() * Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** this.#failures);
  }

  #connectNow() {
    if (this.#retryTimer) this.connect();
  }
}
