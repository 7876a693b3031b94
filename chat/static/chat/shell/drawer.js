// On a phone, the lists open from the side. Without scripts, the button is a link to the home page.

const phone = matchMedia("(max-width: 48rem)");

export class Drawer {
  #side;
  #main;
  #opener;
  #closer;

  constructor() {
    this.#side = document.getElementById("side");
    this.#main = document.getElementById("main");
    this.#closer = document.getElementById("close-drawer");
    this.#closer.addEventListener("click", () => this.#close());
    document.addEventListener("keydown", ({ key }) => key === "Escape" && this.#close());
    document.addEventListener("click", ({ target }) => target === document.body && this.#close());
    phone.addEventListener("change", () => this.#close());
  }

  // Each room and the home page have a button of their own.
  enter() {
    this.#close();
    this.#opener = document.getElementById("open-drawer");
    this.#opener?.setAttribute("role", "button");
    this.#opener?.addEventListener("click", (event) => this.#open(event));
  }

  #open(event) {
    event.preventDefault();
    this.#set(true);
    this.#closer.focus();
  }

  #close() {
    if (!document.body.classList.contains("drawer-open")) return;
    this.#set(false);
    this.#opener?.focus();
  }

  #set(isOpen) {
    document.body.classList.toggle("drawer-open", isOpen);
    this.#opener?.setAttribute("aria-expanded", isOpen);
    this.#main.inert = isOpen;
  }
}
