// Names of people by id, from the page and the API, remembered while the browser is open.

const ASKED_MAX = 30;

export class Names {
  constructor() {
    this.known = new Map(JSON.parse(sessionStorage.getItem("names") ?? "[]"));
    this.asked = new Set();
  }

  has(id) {
    return this.known.has(id);
  }

  get(id) {
    return this.known.get(id);
  }

  set(id, name) {
    this.known.set(id, name);
  }

  // Answers whether names came in. Nobody is asked for twice.
  async fetch(ids) {
    const unknown = ids.filter((id) => !this.has(id) && !this.asked.has(id)).slice(0, ASKED_MAX);
    if (!unknown.length) return false;
    unknown.forEach((id) => this.asked.add(id));
    const query = unknown.map((id) => `ids=${id}`).join("&");
    const answer = await fetch(`/api/users?${query}`).catch(() => null);
    if (!answer?.ok) return false;
    for (const { id, name } of (await answer.json()).users) this.set(id, name);
    sessionStorage.setItem("names", JSON.stringify([...this.known]));
    return true;
  }
}
