// What the person is told of the connection, and short answers to what they did.

const PATIENCE = 1_500; // ms: a reload of the server is not worth a word
const FIRST_PATIENCE = 5_000; // while the page connects for the first time
const TOAST = 8_000;

export class Notice {
  constructor(socket) {
    this.bar = document.getElementById("notice");
    this.box = document.getElementById("toast");
    socket.on("up", () => this.clear());
    socket.on("down", ({ refusal }) => (refusal ? this.show(refusal.detail) : this.soon(PATIENCE)));
    socket.on("error", (frame) => frame.message && this.toast(frame.detail));
    this.soon(FIRST_PATIENCE);
  }

  soon(patience) {
    this.timer ??= setTimeout(() => this.say(), patience);
  }

  say() {
    const offline = navigator.onLine ? "Reconnecting…" : "You are offline.";
    this.show(`${offline} What you write is kept here and sent as soon as the site is in reach.`);
  }

  show(text) {
    this.bar.textContent = text;
    this.bar.hidden = false;
  }

  clear() {
    clearTimeout(this.timer);
    this.timer = null;
    this.bar.hidden = true;
  }

  toast(text) {
    this.box.textContent = text;
    this.box.hidden = false;
    clearTimeout(this.leaving);
    this.leaving = setTimeout(() => (this.box.hidden = true), TOAST);
  }
}
