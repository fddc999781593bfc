// Dials for explorers of heads: sliders that a head follows while they move, choices, and panels.

const REST = 160;  // ms without a move after which the head is drawn in full quality

/** Ask in fast quality while the hand moves, and in full when it rests. */
function hand(stage) {
  let rest = 0;
  return (changes) => {
    clearTimeout(rest);
    stage.ask({ ...changes, quality: "fast" });
    rest = setTimeout(() => stage.ask({ quality: "full" }), REST);
  };
}

/** One row: name, slider, number. `read()` gives the value now, `write(value)` takes the hand's. */
function dial({ name, hint = "", ends, step, show, read, write }) {
  const slider = el("input", { type: "range", min: String(ends[0]), max: String(ends[1]), step: String(step), "aria-label": hint ? `${hint} ${name}` : name });
  const text = el("span.now");
  const node = el("label.dial", hint ? { title: hint } : {}, el("span.name", {}, ...(hint ? [el("b", { text: hint.split(" ").pop() }), " "] : []), name), slider, text);
  slider.oninput = () => write(Number(slider.value));
  let last = null;
  const draw = () => {
    const value = read();
    if (!Number.isFinite(value) || value === last) return;  // of thirty dials a move changes one
    last = value;
    slider.value = String(value);
    text.textContent = show(value);
    slider.setAttribute("aria-valuetext", show(value));
    node.classList.toggle("fv-idle", value === 0 && ends[0] === 0 && Boolean(hint));
  };
  return { node, draw };
}

/** Panels of which one is seen; the arrow keys go from tab to tab. */
function tabs(names, panels, label) {
  const choose = (chosen) => {
    buttons.forEach((button, place) => {
      button.setAttribute("aria-selected", String(place === chosen));
      button.tabIndex = place === chosen ? 0 : -1;
      panels[place].hidden = place !== chosen;
    });
  };
  const step = (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    const next = (buttons.indexOf(event.target) + by + names.length) % names.length;
    choose(next);
    buttons[next].focus();
    event.preventDefault();
    event.stopPropagation();
  };
  const buttons = names.map((name, place) => el("button.tab", { type: "button", role: "tab", text: name, onclick: () => choose(place), onkeydown: step }));
  panels.forEach((panel, place) => {
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-label", names[place]);
  });
  choose(0);
  return el("div.tabs", { role: "tablist", "aria-label": label }, ...buttons);
}

/** Buttons of which one is pressed. */
function choice(label, options, pick) {
  const buttons = options.map((option) => el("button.button", { type: "button", text: option, "aria-pressed": "false", onclick: () => pick(option) }));
  const node = el("div.choice", { role: "group", "aria-label": label }, ...buttons);
  const draw = (chosen) => buttons.forEach((button) => button.setAttribute("aria-pressed", String(button.textContent === chosen)));
  return { node, draw };
}

const fixed = (digits, unit = "") => (value) => `${number(value, digits)}${unit}`;
