// What is typed and not sent, kept on the server for this person's other devices.

const AFTER = 800; // ms without a key

export class Draft {
  constructor(composer) {
    this.composer = composer;
    this.url = composer.form.dataset.draft;
    this.saved = composer.body;
    this.saving = Promise.resolve();
    composer.addEventListener("draft", () => this.soon());
    composer.addEventListener("send", () => this.save());
    addEventListener("pagehide", () => this.leave());
  }

  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), AFTER);
  }

  // One after the other: an earlier text must not arrive after a later one.
  save() {
    clearTimeout(this.timer);
    return (this.saving = this.saving.then(() => this.post()));
  }

  async post() {
    const { body } = this.composer;
    if (body === this.saved) return;
    try {
      const answer = await fetch(this.url, { method: "POST", body: this.data(body) });
      if (answer.ok) this.saved = body;
    } catch {
      // Out of reach: what is typed stays in the box, and is saved with the next key.
    }
  }

  leave() {
    clearTimeout(this.timer);
    const { body } = this.composer;
    if (body !== this.saved && navigator.sendBeacon(this.url, this.data(body))) this.saved = body;
  }

  data(body) {
    const data = new FormData();
    data.set("csrfmiddlewaretoken", this.composer.form.elements.csrfmiddlewaretoken.value);
    data.set("body", body);
    return data;
  }
}
