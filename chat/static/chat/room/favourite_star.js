// The button in the room's head that makes the room a favourite. It changes immediately, and follows the
// lists at the side, which show changes of other tabs and devices.

import { save } from "../net/save.js";
import { gettext } from "../text/words.js";

export class FavouriteStar {
  #form;
  #button;
  #sidebar;
  #notice;
  #isSaving = false;

  constructor(form, room, sidebar, notice) {
    this.#form = form;
    this.#button = form.querySelector("button");
    this.#sidebar = sidebar;
    this.#notice = notice;
    sidebar.onlists = () => this.#isSaving || this.#draw(sidebar.isFavourite(room));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#draw(!this.#isPressed);
      this.#save();
    });
  }

  get #isPressed() {
    return this.#button.ariaPressed === "true";
  }

  #draw(isFavourite) {
    this.#button.ariaPressed = String(isFavourite);
    this.#button.value = isFavourite ? "0" : "1"; // what a click asks for
    this.#button.title = isFavourite ? gettext("Remove from favourites") : gettext("Add to favourites");
  }

  async #save() {
    if (this.#isSaving) return;
    this.#isSaving = true;
    const wanted = this.#isPressed;
    const body = new FormData(this.#form);
    body.set("is_favourite", wanted ? "1" : "0");
    const advice = await save(this.#form.action, body);
    this.#isSaving = false;
    if (advice) this.#restore(!wanted, advice);
    else if (wanted !== this.#isPressed) this.#save(); // clicked meanwhile
    else this.#sidebar.refresh();
  }

  #restore(isFavourite, advice) {
    this.#draw(isFavourite);
    this.#notice.toast(gettext("The favourites were not changed. {advice}", { advice }));
  }
}
