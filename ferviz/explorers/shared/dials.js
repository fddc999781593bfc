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

const RESTED = 450;  // ms without a move, before what takes a second is worked out

/** Ask for what takes time once the hand has rested: `go()` runs once for each view, and at once again while `left()` falls. */
function whenRested(stage, face, go, left = () => 0) {
  const wish = { key: "", left: 0, timer: 0 };
  return () => {
    if (face.fixed || stage.state.quality !== "full") return;
    const key = JSON.stringify([face.sheet.turn, stage.state, face.at?.()]);
    const [same, before] = [wish.key === key, wish.left];
    if (same && before === left()) return;
    [wish.key, wish.left] = [key, left()];
    clearTimeout(wish.timer);
    wish.timer = setTimeout(go, same && wish.left < before ? 0 : RESTED);
  };
}

/** One row: name, slider, number. `read()` gives the value now, `write(value)` takes the hand's. */
function dial({ name, hint = "", ends, step, show, read, write }) {
  const slider = el("input", { type: "range", min: String(ends[0]), max: String(ends[1]), step: String(step), "aria-label": hint ? `${hint} ${name}` : name });
  const text = el("span.now");
  const node = el("label.dial", hint ? { title: hint } : {}, el("span.name", {}, ...(hint ? [el("b", { text: hint.split(" ").pop() }), " "] : []), name), slider, text);
  slider.oninput = () => write(Number(slider.value));
  const changed = news();
  const draw = () => {
    const value = read();
    // of thirty dials a move changes one; its words may change alone, and a thumb alone where nobody heard the hand
    if (!Number.isFinite(value) || !changed(value, show(value), slider.value)) return;
    slider.value = String(value);
    text.textContent = show(value);
    slider.setAttribute("aria-valuetext", show(value));
    changed(value, show(value), slider.value);
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

/**
 * Tabs of which the open one is state, so that the line of code, a saved page and a preset bring it back. `views`: what
 * the state calls a tab → its name and its panel; `also(view)`: what else of the state goes with it.
 * @param {ExplorerStage} stage
 * @param {{field: string, views: Record<string, [string, HTMLElement]>, label: string, fixed: () => boolean, also?: (view: string) => Record<string, any>}} given
 */
function keptTabs(stage, { field, views, label, fixed, also = () => ({}) }) {
  const names = Object.keys(views);
  const panels = Object.values(views).map(([, panel]) => panel);
  const node = tabs(Object.values(views).map(([name]) => name), panels, label);
  const open = () => names[panels.findIndex((panel) => !panel.hidden)];
  let opened = false;
  // told at once: a frame that is drawn before the state knows of the hand's tab would open the old one; an arrow key
  // moves the focus as it goes down
  for (const event of ["click", "focusin"]) {
    node.addEventListener(event, () => {
      if (!fixed() && open() !== stage.state[field]) stage.ask({ [field]: open(), ...also(open()) });
      stage.repaint();
    });
  }
  return {
    node,
    open,
    tab: (view) => node.children[names.indexOf(view)],
    draw() {
      // without a kernel no hand changes the state any more; a saved page opens at its own, if that is there
      const follows = fixed() ? !opened : stage.root.dataset.kernel !== "gone";
      opened = true;
      const tab = /** @type {HTMLElement | undefined} */ (node.children[names.indexOf(stage.state[field])]);
      if (follows && open() !== stage.state[field] && tab?.hidden === false) tab.click();
    },
  };
}

/** Buttons of which one is pressed. */
function choice(label, options, pick) {
  const buttons = options.map((option) => el("button.button", { type: "button", text: option, "aria-pressed": "false", onclick: () => pick(option) }));
  const node = el("div.choice", { role: "group", "aria-label": label }, ...buttons);
  const draw = (chosen) => buttons.forEach((button) => button.setAttribute("aria-pressed", String(button.textContent === chosen)));
  return { node, draw };
}

/**
 * What a source is chosen from: one's own where there is one, those that are offered, and whatever has been shown, so that
 * there is a way back to it.
 */
function offer(select, names, { shown, own = "", say = (name) => name }) {
  const all = new Set([...names, ...[...select.options].map((option) => option.value), shown]);
  all.delete("");
  select.replaceChildren(...[...(own ? [["", own]] : []), ...[...all].map((name) => [name, say(name)])].map(([value, text]) => el("option", { value, text })));
  select.value = shown;
}

/** Words for a wish that may take long: said from a third of a second on, until it is answered or nobody is there to answer. */
function longWish(stage, words) {
  let [timer, said] = [0, ""];
  const end = () => {
    clearTimeout(timer);
    said = "";
  };
  return {
    end,
    begin() {
      clearTimeout(timer);
      timer = setTimeout(() => {
        said = words;
        stage.repaint();
      }, 300);
    },
    said() {
      if (stage.root.dataset.kernel === "gone") end();
      return said;
    },
  };
}

const fixed = (digits, unit = "") => (value) => `${number(value, digits)}${unit}`;
