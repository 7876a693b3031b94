// Who reacted, told when the pointer or the focus comes to a reaction.

const NAMED_MAX = 20;

export class Reactions {
  constructor(scroller, me, names) {
    Object.assign(this, { me, names });
    for (const type of ["mouseover", "focusin"]) {
      scroller.addEventListener(type, ({ target }) => this.tell(target.closest(".reaction")));
    }
  }

  async tell(button) {
    if (!button) return;
    const people = button.dataset.users.split(" ").map(Number);
    this.write(button, people);
    if (await this.names.fetch(people)) this.write(button, people);
  }

  write(button, people) {
    const names = people.filter((id) => id !== this.me && this.names.has(id)).slice(0, NAMED_MAX);
    const listed = names.map((id) => this.names.get(id));
    if (people.includes(this.me)) listed.unshift("You");
    const rest = people.length - listed.length;
    if (rest) listed.push(rest === 1 ? "one more" : `${rest} more`);
    button.title = new Intl.ListFormat("en").format(listed);
    button.ariaDescription = button.title;
  }
}
