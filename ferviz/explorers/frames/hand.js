// Frames: what a hand does to the clip, beside the weights of its items and their order.

/** Everything a person can change; `film` is read, never written. */
function clipHand(stage, film) {
  const places = orderHand(stage, film, { values: null });
  return {
    ...itemsHand(stage, film),
    ...places,
    insert: (guest) => places.put(film.sheet.times.length + guest),
    search: () => film.fixed || stage.act("search"),
  };
}

/** The tools below the weights. */
function handTools(stage, film, hand) {
  const guest = el("select.select", { "aria-label": "Which still to insert" });
  const tool = (text, title, onclick) => el("button.button", { type: "button", text, title, onclick });
  const drop = tool("Drop", "", hand.drop);
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
      hand.offer(drop, "Give this frame no weight (x)");
      reset.disabled = !order && !dropped?.length && !values;
      moves.draw(stage.state.moves === "alpha" ? "α" : "weight");
    },
  };
}
