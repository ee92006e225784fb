// What stands between the work and the server, told in a bar that covers nothing and moves nothing.

export class Trouble {
  constructor(element) {
    this.element = element;
    this.kind = "";
  }

  // actions: [words, function or address]. lines: more to say, a list.
  show(kind, words, actions = [], lines = []) {
    const signature = JSON.stringify([kind, words, lines, actions.map(([name]) => name)]);
    if (signature === this.shown) return;
    this.shown = signature;
    this.kind = kind;
    const notice = document.createElement("div");
    notice.className = "notice error";
    const said = document.createElement("p");
    said.textContent = words;
    notice.append(said);
    if (lines.length) {
      const list = document.createElement("ul");
      list.append(...lines.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
      notice.append(list);
    }
    notice.append(...actions.map(([name, act]) => this.#action(name, act)));
    this.element.replaceChildren(notice);
  }

  clear(kind = this.kind) {
    if (kind !== this.kind) return;
    this.kind = this.shown = "";
    this.element.replaceChildren();
  }

  #action(name, act) {
    if (typeof act === "string") {
      return Object.assign(document.createElement("a"), { className: "button small", href: act, target: "_blank", textContent: name });
    }
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button small", textContent: name });
    button.addEventListener("click", act);
    return button;
  }
}
