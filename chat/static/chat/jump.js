// Ctrl+K or /: to a room by a few letters of its name.

export class Jump {
  constructor() {
    this.dialog = document.getElementById("jump");
    this.box = document.getElementById("jump-to");
    this.list = document.getElementById("jump-list");
    document.getElementById("jump-button").onclick = () => this.open();
    document.addEventListener("keydown", (event) => this.shortcut(event));
    this.box.addEventListener("input", () => this.fill());
    this.dialog.addEventListener("keydown", (event) => this.keydown(event));
    this.dialog.addEventListener("click", ({ target }) => target === this.dialog && this.dialog.close());
  }

  shortcut(event) {
    const writing = event.target.matches("input, textarea, select, [contenteditable]");
    const slash = event.key === "/" && !writing && !event.ctrlKey && !event.altKey && !event.metaKey;
    const ctrlK = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey);
    if (!slash && !ctrlK) return;
    event.preventDefault();
    this.open();
  }

  open() {
    if (document.querySelector("dialog[open]")) return;
    this.box.value = "";
    this.fill();
    this.dialog.showModal();
    this.box.focus();
  }

  fill() {
    const text = this.box.value.trim().toLowerCase();
    const links = [...document.querySelectorAll("#lists [data-room]")];
    const found = links.filter((link) => link.textContent.toLowerCase().includes(text));
    this.list.replaceChildren(...found.map(entry));
    if (!found.length) this.list.textContent = "No room of that name.";
  }

  keydown(event) {
    const links = [...this.list.querySelectorAll("a")];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Enter" && event.target === this.box) links[0]?.click();
    if (!step) return;
    event.preventDefault();
    const next = links.indexOf(document.activeElement) + step;
    (links[Math.min(next, links.length - 1)] ?? this.box).focus();
  }
}

function entry(link) {
  const item = document.createElement("li");
  item.append(link.cloneNode(true));
  item.firstElementChild.removeAttribute("aria-current");
  return item;
}
