// One WebSocket that comes back by itself. Frames go to whoever asked for their type; "up" and "down"
// are types of its own. Back-off with full jitter, as in the AWS architecture blog's article on it.

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
  constructor(url) {
    this.url = url;
    this.handlers = new Map();
    this.failures = 0;
    this.live = false; // between hello and the end
    addEventListener("online", () => this.hurry());
    addEventListener("offline", () => this.restart());
    document.addEventListener("visibilitychange", () => document.hidden || this.hurry());
    // A page kept for the back button has no socket; it gets one when it is shown again.
    addEventListener("pageshow", (event) => event.persisted && this.restart());
  }

  on(type, handler) {
    this.handlers.set(type, [...(this.handlers.get(type) ?? []), handler]);
  }

  emit(type, frame) {
    for (const handler of this.handlers.get(type) ?? []) handler(frame);
  }

  connect() {
    clearTimeout(this.waiting);
    this.waiting = null;
    const ws = (this.ws = new WebSocket(this.url));
    ws.onmessage = ({ data }) => ws === this.ws && this.receive(JSON.parse(data));
    ws.onclose = ({ code }) => ws === this.ws && this.closed(code);
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => this.restart(), HELLO_WITHIN);
  }

  // True where the frame was handed over; it may still be lost on the way.
  send(frame) {
    if (!this.live) return false;
    this.ws.send(JSON.stringify(frame));
    return true;
  }

  receive(frame) {
    this.watch();
    if (frame.type === "bye") this.leaving = true;
    if (frame.type === "hello") {
      this.failures = 0;
      this.live = true;
    }
    if (frame.type === "error" && !this.live) this.refusal = frame; // too many sockets, or too fast
    this.emit(frame.type, frame);
    if (frame.type === "hello") this.emit("up", frame);
  }

  // A connection can die without a word: ask when it is quiet, give up on it without an answer.
  watch() {
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => {
      this.send({ type: "ping" });
      this.quiet = setTimeout(() => this.restart(), ANSWER_WITHIN);
    }, QUIET);
  }

  restart() {
    const { ws } = this;
    if (!ws) return;
    this.closed(1006);
    ws.close();
  }

  closed(code) {
    clearTimeout(this.quiet);
    const delay = this.delay(code);
    const { live: wasLive, refusal } = this;
    this.ws = this.refusal = null;
    this.live = this.leaving = false;
    this.emit("down", { code, wasLive, refusal });
    if (code === SIGNED_OUT || code === BANNED) return;
    this.failures += 1;
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.connect(), delay);
  }

  delay(code) {
    if (this.refusal) return waitFor(this.refusal.retry_after) + Math.random() * BYE_SPREAD;
    if (this.leaving) return Math.random() * BYE_SPREAD;
    if (code === TOO_SLOW) return Math.random() * FIRST_DELAY;
    return Math.random() * Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** this.failures);
  }

  hurry() {
    if (this.waiting) this.connect();
  }
}
