// Frames: what a hand does to the clip, beside the weights of its items; orders are worked out here and wished for.

/** Everything a person can change; `film` is read, never written. */
function clipHand(stage, film) {
  /** Places changed: what was moved before no longer fits them. */
  const arrange = (order, dropped, frame) => stage.ask({ order, dropped, frame, values: null });
  const order = () => [...film.view.order];
  const shifted = (after) => (stage.state.dropped ?? []).map((place) => (place > after ? place + 1 : place));

  function put(frame) {
    const at = film.at();
    const next = order();
    if (film.fixed || next.length >= 128) return;
    next.splice(at + 1, 0, frame);
    film.go(at + 1);
    arrange(next, shifted(at), at + 1);
  }

  return {
    ...itemsHand(stage, film),
    repeat: () => put(film.view.order[film.at()]),
    insert: (guest) => put(film.sheet.times.length + guest),
    shuffle: () => film.fixed || stage.act("shuffle"),
    search: () => film.fixed || stage.act("search"),
    reset: () => film.fixed || stage.ask({ order: null, dropped: [], values: null, frame: Math.min(film.at(), film.sheet.times.length - 1) }),
  };
}

/** The tools below the weights. */
function handTools(stage, film, hand) {
  const guest = el("select.select", { "aria-label": "Which still to insert" });
  const tool = (text, title, onclick) => el("button.button", { type: "button", text, title, onclick });
  const drop = tool("Drop", "Give this frame no weight (x)", hand.drop);
  const moves = choice("What up and down and the hand move", ["weight", "α"], (what) => stage.ask({ moves: what === "α" ? "alpha" : "weight", values: null }));
  const edit = [drop, tool("Repeat", "Put this frame in once more (r)", hand.repeat),
    el("span.it-pair.aside", {}, tool("Insert", "Put a still of another person behind this frame (i)", () => hand.insert(guest.selectedIndex)), guest),
    tool("Shuffle", "Put the frames in another order (s)", hand.shuffle)];
  const reset = tool("Reset", "Back to the clip as it came (Escape)", hand.reset);
  const arrows = el("span.it-pair", { title: "What the arrow keys up and down move" }, el("span.it-quiet", { text: "↑ ↓ move" }), moves.node);
  const node = el("div.choice.it-tools", { role: "group", "aria-label": "Tools" }, ...edit, arrows, reset);
  return {
    node,
    guest: () => guest.selectedIndex,
    fit(names) {
      guest.replaceChildren(...names.map((name) => el("option", { text: name })));
      node.hidden = film.fixed;
    },
    draw() {
      const { order, dropped, values } = stage.state;
      drop.textContent = dropped?.includes(film.at()) ? "Take back" : "Drop";
      reset.disabled = !order && !dropped?.length && !values;
      moves.draw(stage.state.moves === "alpha" ? "α" : "weight");
    },
  };
}
