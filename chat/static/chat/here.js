// Who is here: dots on avatars and the list of names, live. Names come from the page and the API, and
// are remembered while the browser is open.

const LISTED_MAX = 30;
const HUES = 12;
const FETCH_AFTER = 300; // ms

export class Here {
  constructor(socket, me) {
    this.me = me;
    this.ids = new Set();
    this.names = new Map(Object.entries(JSON.parse(sessionStorage.getItem("names") ?? "{}")));
    this.asked = new Set();
    socket.on("up", (hello) => {
      this.ids = new Set(hello.here);
      this.draw();
    });
    socket.on("presence", ({ here, left }) => {
      here.forEach((id) => this.ids.add(id));
      left.forEach((id) => this.ids.delete(id));
      this.draw();
    });
  }

  draw() {
    for (const face of document.querySelectorAll("[data-person]")) {
      this.names.set(face.dataset.person, face.dataset.name);
      face.classList.toggle("here", this.ids.has(Number(face.dataset.person)));
    }
    this.list();
  }

  list() {
    const list = document.getElementById("here");
    const others = [...this.ids].filter((id) => id !== this.me);
    const known = others.filter((id) => this.names.has(String(id)));
    document.getElementById("here-count").textContent = this.ids.size || "";
    const shown = known.map((id) => [id, this.names.get(String(id))]);
    shown.sort(([, a], [, b]) => a.localeCompare(b));
    list.replaceChildren(...shown.slice(0, LISTED_MAX).map(([id, name]) => person(id, name)));
    if (others.length > LISTED_MAX) list.append(rest(others.length - LISTED_MAX));
    if (known.length < LISTED_MAX) this.fetchSoon(others.filter((id) => !known.includes(id)));
  }

  fetchSoon(unknown) {
    const ids = unknown.filter((id) => !this.asked.has(id)).slice(0, LISTED_MAX);
    if (!ids.length) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.fetch(ids), FETCH_AFTER);
  }

  async fetch(ids) {
    ids.forEach((id) => this.asked.add(id));
    const query = ids.map((id) => `ids=${id}`).join("&");
    const answer = await fetch(`/api/users?${query}`).catch(() => null);
    if (!answer?.ok) return;
    const { users } = await answer.json();
    for (const { id, name } of users) this.names.set(String(id), name);
    sessionStorage.setItem("names", JSON.stringify(Object.fromEntries(this.names)));
    this.draw();
  }
}

function person(id, name) {
  const item = document.createElement("li");
  item.innerHTML =
    '<button class="person" form="talk-to" name="user"><span class="avatar small here">' +
    '<span aria-hidden="true"></span><span class="dot"></span></span><span class="name"></span></button>';
  const [button, avatar, initial] = item.querySelectorAll("button, .avatar, .avatar > :first-child");
  button.value = id;
  button.title = `Write to ${name}`;
  avatar.dataset.hue = id % HUES;
  initial.textContent = name.slice(0, 1).toUpperCase();
  item.querySelector(".name").textContent = name;
  return item;
}

function rest(count) {
  const item = document.createElement("li");
  item.innerHTML = '<a href="/online/"></a>';
  item.firstElementChild.textContent = `and ${count} more`;
  return item;
}
